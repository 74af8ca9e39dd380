/** Turns a body that was proven to come from GitHub into an instance of its payload class, or says what is wrong with it. */
import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { type ValidationError, validate } from 'class-validator';
import { invalidPayload, notJson } from '../http/refusal.js';
import { type Delivery, type DeliveryHeaders, OtherReceived } from './delivery.js';
import { IssueReceived } from './issue.js';
import { PullRequestReceived } from './pull-request.js';
import { PushReceived } from './push.js';

const PAYLOADS: ReadonlyMap<string, ClassConstructor<Delivery>> = new Map<
  string,
  ClassConstructor<Delivery>
>([
  ['push', PushReceived],
  ['pull_request', PullRequestReceived],
  ['issues', IssueReceived],
]);

/**
 * Builds and validates the payload. Properties that its class does not declare are dropped.
 *
 * @throws Refusal 400 when the body is no JSON object, 422 when it breaks a rule of its class
 */
export async function readDelivery(headers: DeliveryHeaders, body: string): Promise<Delivery> {
  const payload = PAYLOADS.get(headers.event) ?? OtherReceived;
  const delivery = plainToInstance(payload, { ...parseObject(body), headers });

  const errors = await validate(delivery, { whitelist: true });
  if (errors.length > 0) throw invalidPayload(reasons(errors));
  return delivery;
}

function parseObject(body: string): object {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw notJson((error as SyntaxError).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw notJson('the body is no JSON object');
  return value;
}

/** The leaves of the tree of errors, each with the path to its property: `repository.id must be an integer number`. */
function reasons(errors: readonly ValidationError[], path = ''): string[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => [
    ...Object.values(constraints).map((text) => path + text),
    ...reasons(children, `${path}${property}.`),
  ]);
}
