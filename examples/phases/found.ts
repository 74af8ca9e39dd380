/** What the phases of a request tell each other, as events of its scope. */

/** The caller is known. */
export class Authenticated {
  constructor(readonly user: string) {}
}

/** One request of the caller's allowance is taken. */
export class AllowanceTaken {
  constructor(readonly left: number) {}
}

/** What the caller would like to read. */
export class LanguageWished {
  constructor(readonly language: string) {}
}

/** There will be no content. */
export class Refused {
  constructor(
    readonly status: 401 | 429,
    readonly why: string,
  ) {}
}

/** To the whole application: what was answered, and to whom. */
export class Answered {
  constructor(
    readonly status: number,
    readonly user: string,
  ) {}
}

/** To the whole application: what is being written now is out of date. */
export class PagesChanged {}
