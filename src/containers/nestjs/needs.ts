/** What Nest injects into what it builds. */
import { classOf, type Wrapper } from './nest-internals.js';

/** Nest 11 knows what a request-scoped class needs only once it has built one: then its types tell. */
export function needsOf(wrapper: Wrapper): readonly Wrapper[] {
  const injected = wrapper.getCtorMetadata() ?? declaredNeeds(wrapper);
  const properties = wrapper.getPropertiesMetadata() ?? [];
  return [...injected, ...properties.map((property) => property.wrapper)].filter(Boolean);
}

interface DeclaredParameter {
  readonly index: number;
  readonly param: unknown;
}

function declaredNeeds(wrapper: Wrapper): readonly Wrapper[] {
  const service = classOf(wrapper);
  if (service === undefined) return [];
  const tokens = [...((Reflect.getMetadata('design:paramtypes', service) as unknown[]) ?? [])];
  const named = (Reflect.getMetadata('self:paramtypes', service) as DeclaredParameter[]) ?? [];
  for (const { index, param } of named) tokens[index] = param;
  const { providers } = wrapper.host ?? {};
  return tokens.flatMap((token) => providers?.get(token as never) ?? []) as Wrapper[];
}
