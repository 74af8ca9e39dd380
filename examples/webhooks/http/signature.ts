/** Proves that a body comes from GitHub: its HMAC is computed over the bytes as they arrived. */
import { verify } from '@octokit/webhooks-methods';
import { badSignature } from './refusal.js';

/** @throws Refusal 401 when the signature is missing or is not the body's */
export async function checkSignature(
  secret: string,
  body: string,
  signature: unknown,
): Promise<void> {
  if (typeof signature !== 'string' || signature === '')
    throw badSignature('there is no signature');
  if (body === '') throw badSignature('there is no body that a signature could be for');
  if (!(await verify(secret, body, signature)))
    throw badSignature('the signature is not that of the body');
}
