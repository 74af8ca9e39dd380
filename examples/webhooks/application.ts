/** Puts the backend together, and takes it apart again. */
import type { AddressInfo } from 'node:net';
import type { CarillonError } from 'carillon';
import { type RequestScopes, requestScopes } from 'carillon/http';
import { type Census, census, events, start, stop } from 'carillon/inversify';
import type { FastifyInstance } from 'fastify';
import { Container } from 'inversify';
import { RefusalReporter } from './http/refusal-reporter.js';
import { createServer, WEBHOOK_PATH } from './http/server.js';
import { HandlerTimes } from './report/handler-times.js';
import { RequestCounts } from './report/request-counts.js';
import { Archive } from './services/archive.js';
import { Intake } from './services/intake.js';
import { Notifier } from './services/notifier.js';
import { PullRequestBoard } from './services/pull-request-board.js';
import { SearchIndex } from './services/search-index.js';
import { Store } from './services/store.js';
import { Settings } from './settings.js';

/** A backend that listens. */
export interface Application {
  readonly url: string;
  readonly container: Container;
  readonly requests: RequestCounts;
  readonly services: Services;
  /** What the handlers of this application threw, and all else that the library had to tell. */
  readonly problems: readonly CarillonError[];
  /** Ends it; a second call gets the same promise. */
  stop(): Promise<Ending>;
}

/** What stopping found and left. */
export interface Ending {
  /** What was alive when no request came in any more. */
  readonly before: Census;
  /** What is alive now. */
  readonly after: Census;
  /** Handlers that did not settle within the drain time. */
  readonly abandoned: readonly string[];
}

/** The application's own services, as the report reads them. */
export interface Services {
  readonly store: Store;
  readonly times: HandlerTimes;
  readonly intake: Intake;
  readonly board: PullRequestBoard;
  readonly archive: Archive;
  readonly notifier: Notifier;
  readonly search: SearchIndex;
}

/** How long a request may be open at most. */
const REQUEST_LIMIT = '2m';

/** How long a handler may go on after its response was closed. */
const REQUEST_DRAIN = '10s';

const SINGLETONS = [
  Store,
  RefusalReporter,
  HandlerTimes,
  Intake,
  PullRequestBoard,
  Archive,
  Notifier,
  SearchIndex,
] as const;

/** @throws Error when a service cannot be built, or the port is taken; nothing is left running then */
export async function startApplication(settings: Settings): Promise<Application> {
  const problems: CarillonError[] = [];
  const container = createContainer(settings, problems);
  const requests = new RequestCounts();
  const scopes = requestScopes(container, {
    limit: REQUEST_LIMIT,
    drain: REQUEST_DRAIN,
    name: requests.open,
    onEnd: requests.close,
  });
  const server = await createServer(container, scopes, requests);

  try {
    await start(container, { onFailure: 'throw' });
    await server.listen({ host: '127.0.0.1', port: settings.port });
  } catch (error) {
    await server.close();
    await stop(container);
    throw error;
  }

  let ending: Promise<Ending> | undefined;
  return {
    url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}${WEBHOOK_PATH}`,
    container,
    requests,
    services: await servicesOf(container),
    problems,
    stop: () => (ending ??= stopApplication(container, server, scopes)),
  };
}

/** The container of the backend, with nothing built. */
export function createContainer(settings: Settings, problems: CarillonError[]): Container {
  const container = new Container();
  container.register(
    events({
      name: 'webhooks',
      onError: (error) => problems.push(error),
      drain: settings.drain,
      queues: {
        archive: { concurrency: 4 },
        notifications: { concurrency: 2 },
        search: { concurrency: 1 },
      },
    }),
  );
  container.bind(Settings).toConstantValue(settings);
  for (const service of SINGLETONS) container.bind<object>(service).to(service).inSingletonScope();
  return container;
}

async function servicesOf(container: Container): Promise<Services> {
  return {
    store: container.get(Store),
    times: container.get(HandlerTimes),
    intake: container.get(Intake),
    board: container.get(PullRequestBoard),
    archive: await container.getAsync(Archive),
    notifier: container.get(Notifier),
    search: container.get(SearchIndex),
  };
}

/** From the outside in: no new request, then the requests under way, then what they deferred, then the services. */
async function stopApplication(
  container: Container,
  server: FastifyInstance,
  scopes: RequestScopes<Container>,
): Promise<Ending> {
  await server.close();
  await scopes.settled();
  const before = census(container);
  const { abandoned } = await stop(container);
  return {
    before,
    after: census(container),
    abandoned: abandoned.map(
      ({ className, method, runningFor }) => `${className}.${method}, running for ${runningFor} ms`,
    ),
  };
}
