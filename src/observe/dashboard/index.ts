/** A page on which an application can be seen at work. */
export { Dashboard, type DashboardOptions, dashboard, type MountOptions } from './dashboard.js';
export type { PlatformResponse } from './fetch-handler.js';
export type { DashboardAddress, ListeningDashboard } from './listen.js';
export type { FastifyRoutes, KoaHandler, NodeHandler } from './node-handler.js';
export type { DashboardCommand } from './queue-commands.js';
