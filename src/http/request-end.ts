/** When a request is over: its response is closed, or its socket is. */
import { hiddenField } from '../scope/hidden-field.js';
import { Link } from '../scope/ring.js';
import type { ClosingSocket, NodeRequest, NodeResponse } from './node-objects.js';

/** Waits for the end of a request, on its connection. */
class Waiting extends Link {
  constructor(readonly ended: () => void) {
    super();
  }
}

/** Those that wait on a connection: one listener for all its requests. */
const waitingOn = /* @__PURE__ */ hiddenField<Link>();

/**
 * Calls back once the response or its socket is closed, at once where it is already.
 *
 * Node never closes a response that is queued behind another one on a connection which its client has left: only the socket tells.
 *
 * @param ended may be called twice
 */
export function onRequestEnd(
  { socket }: NodeRequest,
  response: NodeResponse,
  ended: () => void,
): void {
  const isOver = response.closed === true || response.destroyed === true;
  if (isOver || socket?.destroyed === true) {
    ended();
    return;
  }
  if (isShared(response) || !socket) {
    response.once('close', ended);
    return;
  }
  const waiting = new Waiting(ended);
  requestsOf(socket).append(waiting);
  response.once('close', () => {
    waiting.remove();
    ended();
  });
}

/** A session of HTTP/2 closes each of its streams. */
function isShared(response: NodeResponse): boolean {
  return 'stream' in response;
}

function requestsOf(socket: ClosingSocket): Link {
  const known = waitingOn.of(socket);
  if (known !== undefined) return known;
  const requests = new Link();
  waitingOn.set(socket, requests);
  socket.once('close', () => {
    for (const waiting of requests.others()) (waiting as Waiting).ended();
  });
  return requests;
}
