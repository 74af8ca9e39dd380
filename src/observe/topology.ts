/** The shape of what `describe()` gives: plain JSON. `topology.schema.json` says the same for programs in other languages. */

/** A whole application: its events, who hears them, who sends them, and what carries them. Each list is in the order of its ids. */
export interface Topology {
  /** Of this document's format; grows when a field changes its meaning or goes. */
  readonly format: 1;
  /** The name of the application's scope. */
  readonly application: string;
  /** What is heard or sent. */
  readonly events: readonly TopologyEvent[];
  /** One for each method and each event that it hears. */
  readonly handlers: readonly TopologyHandler[];
  /** The methods that send. */
  readonly emitters: readonly TopologyEmitter[];
  /** What the containers bind. */
  readonly services: readonly TopologyService[];
  /** The scopes that are open; those of one path together. */
  readonly scopes: readonly TopologyScope[];
  /** Those that are configured, and those that handlers name. */
  readonly queues: readonly TopologyQueue[];
  /** What `publish` goes through. */
  readonly buses: readonly TopologyBus[];
  /** Who sends what, and who hears it. */
  readonly edges: readonly TopologyEdge[];
}

/** Something that is heard or sent. */
export interface TopologyEvent {
  /** `'event:'` and the name under which it travels, or else its own. */
  readonly id: string;
  /** What errors and reports call it. */
  readonly name: string;
  /** `'timer'` for what `@Every` hears. */
  readonly kind: 'class' | 'token' | 'topic' | 'pattern' | 'timer';
  /** The name under which it travels; a class without `@EventType` has none. */
  readonly type?: string;
  /** The version of its data that this program writes. */
  readonly version?: number;
  /** The JSON Schema that its type gives. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** The nearest of its base classes that is an event. */
  readonly extends?: string;
}

/** One method that hears one event. */
export interface TopologyHandler {
  /** `'handler:'`, class, method, verb and event. */
  readonly id: string;
  /** Empty for a plain function. */
  readonly className: string;
  /** The name of the method or of the plain function. */
  readonly method: string;
  /** Its decorator. */
  readonly verb: 'On' | 'Once' | 'Subscribe' | 'Deferred' | 'Every';
  /** The id of the event. */
  readonly event: string;
  /** The service whose instances have it. */
  readonly service?: string;
  /** The scope that owns it; missing where each asking scope has one of its own. */
  readonly scope?: string;
  /** Where it stands among the handlers of its event, as it was declared. */
  readonly order: {
    readonly priority: number;
    readonly before: readonly string[];
    readonly after: readonly string[];
  };
  /** Hears the class itself, and no subclass of it. */
  readonly exact?: true;
  /** Is passed over when its `when` says no. */
  readonly conditional?: true;
  /** Is built for each event. */
  readonly perEvent?: true;
  /** The group of a subscriber. */
  readonly group?: string;
  /** The queue that it handles messages of. */
  readonly queue?: string;
  /** What stored messages call it, where it was given. */
  readonly storedAs?: string;
  /** What they called it earlier. */
  readonly previousIds?: readonly string[];
  /** How often a message is tried in all. */
  readonly attempts?: number;
  /** A message that was done is not done again. */
  readonly idempotent?: true;
  /** The source file and the line of its decorator, where the program has asked for them. */
  readonly file?: string;
  /** The line in `file`, from 1 on. */
  readonly line?: number;
}

/** One method that sends events. */
export interface TopologyEmitter {
  /** `'emitter:'`, class and method. */
  readonly id: string;
  /** Empty for a plain function. */
  readonly className: string;
  /** The name of the method or of the plain function. */
  readonly method: string;
  /** The id of the service whose instances have it. */
  readonly service?: string;
  /** The source file, where the program has asked for it. */
  readonly file?: string;
  /** The line in `file`, from 1 on. */
  readonly line?: number;
}

/** What a container can build, or an instance that was attached to an application without one. */
export interface TopologyService {
  /** `'service:'` and its name. */
  readonly id: string;
  /** What it is resolved by, as errors show it. */
  readonly name: string;
  /** The class that is built, if it is known. */
  readonly className?: string;
  /** How long an instance lives. */
  readonly lifetime: 'singleton' | 'constant' | 'scoped' | 'resolution' | 'transient' | 'attached';
  /** The scope of the container that binds it. */
  readonly scope: string;
  /** Is built for each event. */
  readonly perEvent?: true;
  /** What is injected into it. */
  readonly needs: readonly TopologyNeed[];
}

/** What is injected into a service. */
export interface TopologyNeed {
  /** What it is resolved by, as errors show it. */
  readonly name: string;
  /** Missing where no container binds it. */
  readonly service?: string;
}

/** The scopes of one path: those of one name below the same. */
export interface TopologyScope {
  /** `'scope:'` and its path. */
  readonly id: string;
  /** The name that its scopes share. */
  readonly name: string;
  /** The id of the scope above; missing for the application. */
  readonly parent?: string;
  /** How many of them are open. */
  readonly count: number;
}

/** A queue that is configured, or that a handler names. */
export interface TopologyQueue {
  /** `'queue:'` and its name. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** `'memory'`, or the name of its engine. */
  readonly provider: string;
  /** Accepted messages survive the end of the process. */
  readonly durable: boolean;
  /** Payloads are written and read: what cannot travel is refused. */
  readonly stored: boolean;
  /** `'manual'` for a queue that only `process()` handles. */
  readonly processing: 'auto' | 'manual';
  /** How many messages may be in progress in one process. */
  readonly concurrency: number;
  /** Keeps what was given up. */
  readonly deadLetters: boolean;
}

/** What `publish` goes through. */
export interface TopologyBus {
  /** `'bus:application'`. */
  readonly id: string;
  /** `'memory'`, or the name of its engine. */
  readonly provider: string;
  /** Subscribers may share messages as a `group`. */
  readonly groups: boolean;
  /** Payloads are written and read. */
  readonly stored: boolean;
}

/**
 * A way that an event goes. `emit`, `publish` and `defer` lead from an emitter to an event, `hear` from an event to a handler, `run` from a handler
 * to the emitter that is the same method.
 */
export interface TopologyEdge {
  /** The id where it begins. */
  readonly from: string;
  /** The id where it ends. */
  readonly to: string;
  /** What leads from one to the other. */
  readonly kind: 'emit' | 'publish' | 'defer' | 'hear' | 'run';
  /** Of the first three: by `@Emits`, by an observer at run time, or by both. */
  readonly known?: 'declared' | 'observed' | 'both';
}
