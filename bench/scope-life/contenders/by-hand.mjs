/** No container: the request is built with `new` and wired by hand. */
import { Request } from '../request.mjs';
import { serveWired } from '../wiring-by-hand.mjs';

export { announce } from '../wiring-by-hand.mjs';

export function live() {
  const request = new Request();
  serveWired(request);
  return request;
}
