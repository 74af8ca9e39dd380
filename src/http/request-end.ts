/** When a request is over: its response is closed, or its socket is. */
import { hiddenField } from '../scope/hidden-field.js';
import { Link } from '../scope/ring.js';
import type { ClosingSocket, NodeRequest, NodeResponse } from './node-objects.js';

/** What ends with a request; more than once, if it is told so. */
interface Ending {
  close(): void;
}

/** Waits for the end of a request, on its connection. */
class Waiting extends Link {
  constructor(readonly ending: Ending) {
    super();
  }
}

/** Those that wait on a connection: one listener for all its requests. */
const waitingOn = /* @__PURE__ */ hiddenField<Link>();

/**
 * Closes it when the response or its socket is closed, at once where it is already.
 *
 * Node never closes a response that is queued behind another one on a connection which its client has left: only the socket tells.
 */
export function endWithRequest(
  ending: Ending,
  { socket }: NodeRequest,
  response: NodeResponse,
): void {
  const isOver = response.closed === true || response.destroyed === true;
  if (isOver || socket?.destroyed === true) {
    ending.close();
    return;
  }
  const waiting = new Waiting(ending);
  if (!isShared(response) && socket) requestsOf(socket).append(waiting);
  // A response is closed once, and a listener for the first time alone costs as much as two.
  response.on('close', () => {
    waiting.remove();
    ending.close();
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
    for (const waiting of requests.others()) (waiting as Waiting).ending.close();
  });
  return requests;
}
