/** Interceptors that come and go while an application runs: for what watches it. */
import type { Interceptor } from './interceptor.js';
import { type Runtime, refreshFastPath } from './runtime.js';

/** Adds an interceptor around all others; returns what takes it away again. */
export function addInterceptor(runtime: Runtime, interceptor: Interceptor): () => void {
  runtime.interceptors = [interceptor, ...runtime.interceptors];
  refreshFastPath(runtime);
  return () => {
    runtime.interceptors = runtime.interceptors.filter((other) => other !== interceptor);
    refreshFastPath(runtime);
  };
}
