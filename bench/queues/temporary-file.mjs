/** A database in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryFile() {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  return {
    file: join(folder, 'queue.db'),
    remove: async () => rmSync(folder, { recursive: true }),
  };
}
