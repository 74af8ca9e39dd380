/** What an engine exports, by its name. */

/**
 * @param engine the subpath of the package
 * @param kind the end of the export's name
 * @param options plain data, as JSON
 */
export async function make<T>(engine: string, kind: 'Bus' | 'Queue', options: string): Promise<T> {
  const exported: Readonly<Record<string, unknown>> = await import(`carillon/${engine}`);
  const name = Object.keys(exported).find((candidate) => candidate.endsWith(kind)) ?? kind;
  return (exported[name] as (options: unknown) => T)(JSON.parse(options));
}
