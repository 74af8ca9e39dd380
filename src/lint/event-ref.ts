/** What an expression means as an event, by its type. */
import {
  alternatives,
  constantText,
  isClass,
  isFromPackage,
  type TypeChecker,
  type TypedNode,
  type TypedSymbol,
  type ValueType,
} from './type-info.js';
import { namedSymbol, propertyValue, unwrappedTyped } from './typed-syntax.js';

/** An event class or a token, which is what its declaration is, or a topic. */
export interface EventRef {
  /** Missing from a topic. */
  readonly symbol?: TypedSymbol;
  /** The topic, or what it travels as; missing from a token whose name is not known. */
  readonly name?: string;
  /** How messages call it. */
  readonly text: string;
}

/** The event that a handler names: a class, a token or a topic; `undefined` for what is known at run time only. */
export function eventRefOf(checker: TypeChecker, node: TypedNode): EventRef | undefined {
  const named = unwrappedTyped(node);
  return refOf(checker, checker.getTypeAtLocation(named), named);
}

/**
 * The events that a value may be which is sent: instances of classes, a token, a topic; `undefined` where one of them is known at run time
 * only.
 */
export function sentRefs(checker: TypeChecker, node: TypedNode): readonly EventRef[] | undefined {
  const refs = alternatives(checker.getTypeAtLocation(node)).map((type) =>
    refOf(checker, type, node),
  );
  return refs.every((ref) => ref !== undefined) ? refs : undefined;
}

function refOf(checker: TypeChecker, type: ValueType, node: TypedNode): EventRef | undefined {
  if (type.isStringLiteral()) return { name: String(type.value), text: String(type.value) };
  const { symbol } = type;
  if (symbol === undefined || !isClass(symbol)) return undefined;
  if (symbol.name !== 'EventToken' || !isFromPackage(symbol, 'carillon'))
    return classRef(checker, symbol);
  const token = namedSymbol(checker, node);
  return token === undefined ? undefined : tokenRef(checker, token);
}

function classRef(checker: TypeChecker, symbol: TypedSymbol): EventRef {
  const declaration = symbol.valueDeclaration;
  const text = declaration?.name?.text ?? symbol.name;
  return { symbol, text, name: travellingName(checker, declaration) ?? text };
}

/** What `@EventType` says. */
function travellingName(
  checker: TypeChecker,
  declaration: TypedNode | undefined,
): string | undefined {
  for (const { expression } of declaration?.modifiers ?? []) {
    const call = expression && unwrappedTyped(expression);
    if (call?.expression === undefined) continue;
    if (namedSymbol(checker, call.expression)?.name !== 'EventType') continue;
    const [options] = call.arguments ?? [];
    const value = options && propertyValue(checker, options, 'name');
    return value && constantText(checker, value);
  }
  return undefined;
}

/** The name is the argument of `defineEvent(…)`. */
function tokenRef(checker: TypeChecker, symbol: TypedSymbol): EventRef {
  const [first] = symbol.valueDeclaration?.initializer?.arguments ?? [];
  const name = first === undefined ? undefined : constantText(checker, first);
  return { symbol, text: name ?? symbol.name, ...(name !== undefined && { name }) };
}
