/** Bytes as text and back, by what every platform has. */

interface Platform {
  btoa(binary: string): string;
  atob(text: string): string;
  readonly TextDecoder: new (
    label: string,
    options: { readonly fatal: boolean },
  ) => { decode(bytes: Uint8Array): string };
}

const platform = globalThis as unknown as Platform;

/** More arguments than that overflow some stacks. */
const CHUNK = 8192;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return platform.btoa(binary);
}

/** Throws for what is no base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(platform.atob(text), (char) => char.charCodeAt(0));
}

/** Throws for what is no UTF-8. */
export function bytesToText(bytes: Uint8Array): string {
  decoder ??= new platform.TextDecoder('utf-8', { fatal: true });
  return decoder.decode(bytes);
}

let decoder: InstanceType<Platform['TextDecoder']> | undefined;
