/** What the doctor finds. */

/** One thing that is wrong, or may be. */
export interface Finding {
  /** The rule that found it. */
  readonly rule: RuleName;
  /** `'error'`: it fails, or loses something. `'warning'`: it may be meant. */
  readonly level: 'error' | 'warning';
  /** What happened, and what to do: two sentences. */
  readonly text: string;
  /** The ids in the topology that it is about, the first the most. */
  readonly about: readonly string[];
  /** The source file and the line, where they are known. */
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
}

/** The rules, by what they find. */
export type RuleName =
  | 'captive-dependency'
  | 'transient-handlers'
  | 'never-sent'
  | 'never-heard'
  | 'circle'
  | 'shared-id'
  | 'cannot-travel'
  | 'no-dead-letters'
  | 'not-idempotent'
  | 'not-declared'
  | 'old-scope'
  | 'two-copies'
  | 'inversify-version'
  | 'compiler-flags';
