/**
 * How large a class may be, and that no flag is a parameter, as `npm run limits` checks it in `src` and `decorators`. The linter checks how long a
 * function may be, and how many parameters it may have.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { exceptions } from './limit-exceptions.mjs';

const MOST_METHODS = 25;
const MOST_LINES = 300;

/** @typedef {{ readonly subject: string, readonly text: string }} Offence its subject is `file name`, or `file Class.method` */

report(['decorators', 'src'].flatMap(filesIn).flatMap(checkFile));

/** @param {readonly Offence[]} offences */
function report(offences) {
  const found = new Set(offences.map(({ subject }) => subject));
  const wrong = offences.filter(({ subject }) => !(subject in exceptions));
  const stale = Object.keys(exceptions).filter((subject) => !found.has(subject));
  for (const { subject, text } of wrong) console.error(`${subject} ${text}`);
  for (const subject of stale)
    console.error(`${subject} keeps the limits. Take it off the list of exceptions.`);
  if (wrong.length + stale.length > 0) process.exitCode = 1;
  else console.log('Every class and every parameter keeps the limits.');
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => `${folder}/${file}`);
}

/**
 * @param {string} file
 * @returns {Offence[]}
 */
function checkFile(file) {
  const source = readFileSync(file);
  // Positions are counted in bytes, through all files; an empty statement tells where this one begins.
  const { body } = parseSync(`;${source}`, { syntax: 'typescript', decorators: true });
  const [{ span: first }, ...statements] = body;
  const linesOf = ({ start, end }) => {
    const text = source.subarray(start - first.end, end - first.end);
    return text.toString().split('\n').length;
  };
  const exported = exportedNames(statements);
  return statements
    .flatMap((statement) => declarations(statement.declaration ?? statement))
    .flatMap(({ name, node }) => [
      ...sizeFaults(name, node, linesOf),
      ...(exported.has(name) ? flagFaults(name, node) : []),
    ])
    .map(({ name, text }) => ({ subject: `${file} ${name}`, text }));
}

/** The names that a module exports itself. */
function exportedNames(statements) {
  return new Set(
    statements.flatMap(({ type, declaration, specifiers = [], source }) => {
      if (type === 'ExportDeclaration') return declarations(declaration).map(({ name }) => name);
      return type === 'ExportNamedDeclaration' && !source
        ? specifiers.map(({ orig }) => orig.value)
        : [];
    }),
  );
}

/** What a statement declares, each by its name; a constant by what it is set to. */
function declarations(node) {
  if (node.type === 'VariableDeclaration')
    return node.declarations.map(({ id, init }) => ({ name: id.value, node: init ?? id }));
  const { value } = node.identifier ?? node.id ?? {};
  return value === undefined ? [] : [{ name: value, node }];
}

function sizeFaults(name, node, linesOf) {
  if (!node.type.startsWith('Class')) return [];
  const methods = node.body.filter(isImplemented).length;
  const lines = linesOf(node.span);
  const faults = [];
  if (methods > MOST_METHODS) faults.push(`has ${methods} methods. At most ${MOST_METHODS}.`);
  if (lines > MOST_LINES) faults.push(`has ${lines} lines. At most ${MOST_LINES}.`);
  return faults.map((text) => ({ name, text }));
}

/** Accessors and private methods are methods as well; a constructor and the signatures of an overload are not. */
function isImplemented({ type, function: method }) {
  return (type === 'ClassMethod' || type === 'PrivateMethod') && method.body !== null;
}

function flagFaults(name, node) {
  return signatures(name, node)
    .filter(({ parameters }) => parameters.some(isFlag))
    .map(({ name: subject }) => ({
      name: subject,
      text: 'has a boolean parameter. Take an options object, or make two functions of it.',
    }));
}

/** Each function that others can call: a function itself, or what is public of a class or an interface. */
function signatures(name, node) {
  if (node.params !== undefined) return [{ name, parameters: node.params.map(patternOf) }];
  const members = node.body?.body ?? node.body;
  if (!Array.isArray(members)) return [];
  return members.flatMap((member) => {
    if (member.type === 'PrivateMethod' || member.kind === 'setter') return [];
    if (member.accessibility === 'private') return [];
    const parameters = member.function?.params ?? member.params ?? [];
    const key = member.key?.value;
    return [
      {
        name: `${name}.${key ?? 'constructor'}`,
        parameters: parameters.map(patternOf),
      },
    ];
  });
}

/** A parameter may have decorators, or be a property. */
function patternOf(parameter) {
  return parameter.pat ?? parameter.param ?? parameter;
}

function isFlag({ type, typeAnnotation, left, right }) {
  if (type === 'AssignmentPattern') return right.type === 'BooleanLiteral' || isFlag(left);
  return typeAnnotation != null && isBoolean(typeAnnotation.typeAnnotation);
}

function isBoolean({ type, kind, literal, types = [] }) {
  if (type === 'TsKeywordType') return kind === 'boolean';
  if (type === 'TsLiteralType') return literal.type === 'BooleanLiteral';
  return type === 'TsUnionType' && types.some(isBoolean);
}
