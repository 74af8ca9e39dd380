/** The handles that keep a process alive, where the platform lists them. */

interface Platform {
  readonly process?: { getActiveResourcesInfo?(): readonly string[] };
  setImmediate?(callback: () => void): void;
}

const platform = globalThis as Platform;

/** Connections and timers; 0 where the platform does not list them. */
export function openHandles(): number {
  const resources = platform.process?.getActiveResourcesInfo?.() ?? [];
  return resources.filter((name) => /TCP|Pipe|TLS|Timeout/.test(name)).length;
}

/** Lets the event loop turn that many times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) =>
      platform.setImmediate === undefined ? resolve() : platform.setImmediate(resolve),
    );
  }
}
