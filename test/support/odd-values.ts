/** Values that somebody may give to an option, each with a name; and which of them an option takes. */
import { CarillonError, type ErrorCode } from 'carillon';

/** Nothing of it is a value of its own in a program; most come from a form, a file or a slip. */
export const ODD_VALUES = {
  NaN: Number.NaN,
  '-1': -1,
  '0': 0,
  '-0': -0,
  '0.5': 0.5,
  '1': 1,
  '101': 101,
  '2 ** 31': 2 ** 31,
  '2 ** 53': 2 ** 53,
  '1e21': 1e21,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  "''": '',
  "' '": ' ',
  "'2s'": '2s',
  "'2x'": '2x',
  "'-2s'": '-2s',
  "'2 s'": '2 s',
  "'10'": '10',
  "'1e3s'": '1e3s',
  "'Infinity'": 'Infinity',
  "'constructor'": 'constructor',
  'a text of 300': 'x'.repeat(300),
  'a text with U+0000': 'a\0b',
  '1n': 1n,
  null: null,
  true: true,
  false: false,
  symbol: Symbol('odd'),
  '{}': {},
  'an object without a prototype': Object.create(null),
  'an object that is a number': { valueOf: () => 1 },
  'an object with an unknown key': { unheardOf: 1 },
  '[]': [],
  "['2s']": ['2s'],
  '[undefined]': [undefined],
  function: () => 1,
  class: class Odd {},
  date: new Date(0),
  'no date': new Date(Number.NaN),
  'new Number': new Object(1),
  'new String': new Object('2s'),
  map: new Map(),
  regexp: /2s/,
  promise: Promise.resolve(1),
} as const;

export type OddName = keyof typeof ODD_VALUES;

const WHOLE: readonly OddName[] = ['1', '101', '2 ** 31'];
const SHORT_TIMES: readonly OddName[] = ['0.5', '1', '101', "'2s'"];

/** The odd values that have a meaning, by what an option takes. */
export const MEANINGS = {
  time: ['0', '-0', ...SHORT_TIMES, '2 ** 31'],
  endlessTime: ['0', '-0', ...SHORT_TIMES, '2 ** 31', 'Infinity'],
  positiveTime: [...SHORT_TIMES, '2 ** 31'],
  endlessPositiveTime: [...SHORT_TIMES, '2 ** 31', 'Infinity'],
  timerTime: SHORT_TIMES,
  whole: ['0', '-0', ...WHOLE],
  positiveWhole: WHOLE,
  endlessWhole: ['0', '-0', ...WHOLE, 'Infinity'],
  endlessPositiveWhole: [...WHOLE, 'Infinity'],
  flag: ['true', 'false'],
  text: ["'2s'", "'2x'", "'-2s'", "'2 s'", "'10'", "'1e3s'", "'Infinity'", "'constructor'"],
  callback: ['function', 'class'],
  options: ['{}', 'an object without a prototype'],
  nothing: [],
} as const satisfies Readonly<Record<string, readonly OddName[]>>;

/** One option: where it is given, and what is to be expected. */
export interface OptionCase {
  readonly place: string;
  readonly option: string;
  readonly code: ErrorCode;
  readonly takes: readonly OddName[];
  give(value: unknown): unknown;
}

/** What became of a value: the code, and whether the text names the option; `'taken'` where there was no error. */
export async function outcomeOf({ give, option }: OptionCase, value: unknown): Promise<string> {
  try {
    await give(value);
    return 'taken';
  } catch (error) {
    if (!(error instanceof CarillonError)) return `not ours: ${String(error)}`;
    const [word = ''] = option.split('.').slice(-1);
    const isNamed = error.message.toLowerCase().includes(word.replace(/s$/, '').toLowerCase());
    return isNamed ? error.code : `${error.code} without the option's name`;
  }
}

/** The outcome that each odd value ought to have. */
export function expectedOutcomes({ code, takes }: OptionCase): Readonly<Record<string, string>> {
  const names = Object.keys(ODD_VALUES) as OddName[];
  return Object.fromEntries(names.map((name) => [name, takes.includes(name) ? 'taken' : code]));
}

/** The outcome that each odd value has. */
export async function outcomesOf(one: OptionCase): Promise<Readonly<Record<string, string>>> {
  const outcomes: Record<string, string> = {};
  for (const [name, value] of Object.entries(ODD_VALUES))
    outcomes[name] = await outcomeOf(one, value);
  return outcomes;
}
