/** `npx carillon`, as it is built: on the examples, and on projects that are wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { carillon, ProjectFolders } from '../support/command-line.js';
import { PROJECT } from '../support/program.js';

const folders = new ProjectFolders();

const EXAMPLES = [
  'examples/webhooks',
  'examples/phases',
  'examples/scenes',
  'examples/nest-migration',
];

/** A project in JavaScript: what its config exports. */
function projectOf(config: string): string {
  return folders.make({
    'carillon.config.js': `import { createApplication } from 'carillon/adapter';\nimport { Emits, On, Deferred } from 'carillon';\n${config}`,
  });
}

const BELL = `
export function container() {
  const app = createApplication({ name: 'tower' });
  class Bell { ring() {} }
  const descriptor = Object.getOwnPropertyDescriptor(Bell.prototype, 'ring');
  On('rope.pulled')(Bell.prototype, 'ring', descriptor);
  app.attach(new Bell());
  return app;
}`;

describe('carillon', () => {
  it('lists its commands, and refuses to do nothing', async () => {
    const help = await carillon('.', ['--help']);
    const nothing = await carillon('.', []);

    expect(help.code).toBe(0);
    expect(help.out).toMatch(/list\s+List the events/);
    expect(nothing).toMatchObject({ code: 2, out: '' });
    expect(nothing.err).toContain('CAR7061');
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

    expect((await carillon('.', ['--version'])).out).toBe(`${version}\n`);
  });

  it.each([
    [['lsit'], 'There is no command "lsit"'],
    [['list', '--jsno'], 'There is no flag --jsno. It takes --config'],
    [['list', 'a', 'b'], '"b" is one argument too many'],
    [['list', '--config'], '--config has no value'],
    [['why'], 'CAR7061: SUBJECT is missing. A class, or an event.'],
    [['queue', 'peek', 'mail'], 'CAR7061: ID is missing. The id of the message.'],
    [['snapshot', '--write', 'no/such/folder/a.json'], 'a.json could not be written: ENOENT'],
    [['asyncapi', '--write', 'no/such/folder/a.json'], 'a.json could not be written: ENOENT'],
    [['asyncapi', '--release='], 'No version was given'],
    [['migrate', '--url', 'postgres://h/d', '--file', 'a.db'], '--url and --file were given'],
    [['explain', 'CAR0000'], 'There is no error CAR0000'],
  ])('called as %p ends with 2', async (args, text) => {
    const { code, out, err } = await carillon('examples/phases', args);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(text);
  });

  it('says nothing where nobody reads on, as head does', async () => {
    const child = spawn(process.execPath, [join(PROJECT, 'dist/cli.js'), 'snapshot'], {
      cwd: join(PROJECT, 'examples/webhooks'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const said: Buffer[] = [];
    child.stderr.on('data', (part: Buffer) => said.push(part));

    const [code] = await once(child, 'close');

    expect(code).toBe(0);
    expect(Buffer.concat(said).toString()).not.toContain('EPIPE');
  });

  it('names a file that is no JSON', async () => {
    const broken = folders.make({ 'package.json': '{ "version": "1.0.0", ' });
    const folder = projectOf(BELL);
    writeFileSync(join(PROJECT, folder, 'old.json'), 'null');

    const released = await carillon(broken, ['asyncapi']);
    const compared = await carillon(folder, ['snapshot', '--check', 'old.json']);

    expect([released.code, compared.code]).toEqual([3, 3]);
    expect(released.err).toMatch(/CAR7060: \S+package\.json could not be read as JSON/);
    expect(compared.err).toContain('CAR7060: old.json holds no object. Correct it.');
  });

  it('has no colours where there is no terminal', async () => {
    const { out, err } = await carillon('examples/phases', ['list']);

    expect(out + err).not.toContain('\u001b');
  });
});

describe('a project', () => {
  it.each([
    ['without a config', {}, 'There is no carillon.config.ts in'],
    [
      'whose config exports nothing',
      { 'carillon.config.js': '' },
      'exports no function container()',
    ],
    [
      'whose config cannot be imported',
      { 'carillon.config.js': 'throw new Error("no disk")' },
      'could not be loaded. See the cause.\nRead more: carillon explain CAR7060\ncause: Error: no disk',
    ],
    [
      'whose container() fails',
      { 'carillon.config.js': 'export const container = () => { throw new Error("no key"); }' },
      'cause: Error: no key',
    ],
    [
      'whose container() throws a text',
      { 'carillon.config.js': 'export const container = () => { throw "no key"; }' },
      'cause: no key',
    ],
    [
      'whose container() never comes back',
      { 'carillon.config.js': 'export const container = () => new Promise(() => {})' },
      'CAR7060: The process ended before the command had.',
    ],
    [
      'whose config ends the process',
      { 'carillon.config.js': 'process.exit()' },
      'CAR7060: The process ended before the command had.',
    ],
    [
      'whose config is a folder',
      { 'carillon.config.js/index.js': '' },
      'There is no carillon.config.ts in',
    ],
    [
      'whose container() returns nothing',
      { 'carillon.config.js': 'export const container = () => undefined' },
      'returned undefined',
    ],
    [
      'whose container has no events',
      { 'carillon.config.js': 'export const container = () => ({})' },
      'CAR7053',
    ],
    [
      'whose config is TypeScript with an error',
      { 'carillon.config.ts': 'export const container = (' },
      'could not be loaded',
    ],
  ])('%s ends with 3', async (_what, files, text) => {
    const folder = folders.make(files);

    const { code, out, err } = await carillon(folder, ['list']);

    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain(text);
  });

  it('is found from a folder below, and by its name', async () => {
    const folder = projectOf(BELL);

    const named = await carillon('.', ['list', '--config', join(folder, 'carillon.config.js')]);
    const missing = await carillon('.', ['list', '--config', 'nowhere.ts']);

    expect(named.out).toContain('rope.pulled, topic');
    expect(missing).toMatchObject({ code: 3 });
    expect(missing.err).toContain('nowhere.ts. Correct --config.');
  });

  it('leaves nothing behind of its config in TypeScript', async () => {
    await carillon('examples/webhooks', ['list']);

    const files = readdirSync(join(PROJECT, 'examples/webhooks'));
    expect(files.filter((file) => file.startsWith('.'))).toEqual([]);
  });
});

describe('carillon list', () => {
  it('has each event of the example, with the places in the sources', async () => {
    const { code, out } = await carillon('examples/webhooks', ['list']);

    expect(code).toBe(0);
    expect(out).toMatch(
      /^github\.\*\*, pattern\n {2}heard by Intake\.countAccepted, @Subscribe {2}services\/intake\.ts:\d+$/m,
    );
    const places = [...out.matchAll(/ {2}((?:delivery|http|services)\/\S+\.ts):(\d+)$/gm)];
    expect(places.length).toBeGreaterThan(2);
    for (const [, file = '', line] of places) {
      const source = readFileSync(join(PROJECT, 'examples/webhooks', file), 'utf8');
      expect(source.split('\n')[Number(line) - 1]).toMatch(/@(On|Once|Subscribe|Deferred|Emits)\(/);
    }
  });

  it('has the services of a NestJS application, which is not started', async () => {
    const { code, out } = await carillon('examples/nest-migration', ['list']);

    expect(code).toBe(0);
    expect(out).toMatch(
      /^ItemTaken, class\n {2}heard by Basket\.add, @On {2}after\/basket\.ts:\d+\n {2}sent by Shelf\.take, emit/m,
    );
    expect(out).toMatch(/heard by Mail\.sendReceipt, @Deferred, queue mail/);
  });

  it('has one event, as JSON', async () => {
    const { out } = await carillon('examples/webhooks', ['list', 'ArchiveDue', '--json']);

    expect(JSON.parse(out)).toEqual([
      {
        heardBy: ['handler:Archive.store Deferred ArchiveDue in archive'],
        id: 'event:ArchiveDue',
        kind: 'class',
        name: 'ArchiveDue',
        sentBy: ['emitter:DeliveryDesk.handle'],
      },
    ]);
  });

  it('ends with 1 for an event that there is not', async () => {
    const { code, out, err } = await carillon('examples/phases', ['list', 'Nope']);

    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'No event is called Nope.\n' });
  });
});

describe('carillon why', () => {
  it.each(EXAMPLES)('answers for each class and event of %s', async (folder) => {
    const listed = JSON.parse((await carillon(folder, ['list', '--json'])).out);
    const [{ name }] = listed;

    const { code, out } = await carillon(folder, ['why', name]);

    expect(code).toBe(0);
    expect(out).toContain(name);
  });

  it('says how long a class hears, and from whom', async () => {
    const folder = projectOf(BELL);

    const { out } = await carillon(folder, ['why', 'Bell']);

    expect(out).toBe(
      [
        'Bell, attached',
        '  is attached, and hears until scope "tower" ends',
        '  ring hears rope.pulled (@On)  carillon.config.js:8',
        '    nobody is known to emit it: declare the sender with @Emits, or observe it',
        '',
      ].join('\n'),
    );
  });

  it('names the other way in which an event is sent', async () => {
    const folder = projectOf(`
      export function container() {
        const app = createApplication();
        class Rope { pull() {} heard() {} }
        const of = (name) => Object.getOwnPropertyDescriptor(Rope.prototype, name);
        Emits('rope.pulled', { by: 'publish' })(Rope.prototype, 'pull', of('pull'));
        On('rope.pulled')(Rope.prototype, 'heard', of('heard'));
        app.attach(new Rope());
        return app;
      }`);

    const { out } = await carillon(folder, ['why', 'Rope']);

    expect(out).toContain('it is only sent by publish, and @On hears emit');
    expect(out).toContain('pull sends rope.pulled (publish)');
  });

  it('ends with 1 for what it does not know', async () => {
    const { code, err } = await carillon('examples/phases', ['why', 'Nope']);

    expect(code).toBe(1);
    expect(err).toContain('No class and no event is called Nope.');
  });
});

describe('carillon explain', () => {
  it.each(['CAR2004', 'car2004', '2004'])('shows the page of %s', async (code) => {
    const { out } = await carillon('.', ['explain', code]);

    expect(out).toMatch(/^CAR2004: an instance of a container without a scope\n\nWhat happened\./);
    expect(out).not.toMatch(/\*\*|\]\(/);
  });

  it('has each page', async () => {
    const pages = readdirSync(join(PROJECT, 'docs/errors')).filter((file) =>
      file.startsWith('CAR'),
    );
    const last = pages.at(-1)?.slice(0, 'CAR0000'.length) as string;

    const { out } = await carillon('.', ['explain', last, '--json']);

    expect(JSON.parse(out)).toEqual({
      code: last,
      page: readFileSync(join(PROJECT, 'docs/errors', `${last}.md`), 'utf8'),
    });
  });
});

const SHOP = `
export function container() {
  const app = createApplication({ name: 'shop "1" <a&b>' });
  class Till { place() {} count() {} send() {} }
  const of = (name) => Object.getOwnPropertyDescriptor(Till.prototype, name);
  const decorate = (decorator, name) => decorator(Till.prototype, name, of(name));
  decorate(Emits('order "placed" <1>'), 'place');
  decorate(On('order "placed" <1>'), 'count');
  decorate(Emits('mail.due', { by: 'defer' }), 'count');
  decorate(Deferred('mail.due', { queue: 'mail' }), 'send');
  app.attach(new Till());
  return app;
}`;

describe('carillon graph', () => {
  it.each(EXAMPLES)('draws %s in each format', async (folder) => {
    const { nodes, edges } = JSON.parse((await carillon(folder, ['graph', '--json'])).out);
    const of = async (format: string) =>
      (await carillon(folder, ['graph', '--format', format])).out;
    const [mermaid, dot, svg, html] = await Promise.all(['mermaid', 'dot', 'svg', 'html'].map(of));

    expect(nodes.length).toBeGreaterThan(2);
    expect(mermaid?.match(/-->/g)).toHaveLength(edges.length);
    expect(dot?.match(/ -> /g)).toHaveLength(edges.length);
    expect(svg?.match(/<rect /g)).toHaveLength(nodes.length);
    expect(svg?.match(/class="edge"/g)).toHaveLength(edges.length);
    expect(html?.match(/<li>/g)).toHaveLength(edges.length);
    expect(svg).not.toContain('NaN');
  });

  it('shows one method as one node, between what it hears and what it sends', async () => {
    const folder = projectOf(SHOP);

    const { out } = await carillon(folder, ['graph', '--json']);

    const { nodes, edges } = JSON.parse(out);
    const label = (id: string) => nodes.find((node: { id: string }) => node.id === id).label;
    expect(
      edges.map((edge: Record<string, string>) => [
        label(edge['from'] as string),
        edge['label'],
        label(edge['to'] as string),
      ]),
    ).toEqual([
      ['Till.count', 'defer', 'mail.due'],
      ['Till.place', 'emit', 'order "placed" <1>'],
      ['mail.due', '@Deferred mail', 'Till.send'],
      ['order "placed" <1>', '@On', 'Till.count'],
    ]);
  });

  it('writes names with any signs as each format has them', async () => {
    const folder = projectOf(SHOP);
    const of = async (format: string) =>
      (await carillon(folder, ['graph', '--format', format])).out;

    expect(await of('mermaid')).toContain('(["order #34;placed#34; #60;1#62;"])');
    expect(await of('dot')).toContain('[label="order \\"placed\\" <1>", shape=ellipse]');
    expect(await of('svg')).toContain('order &#34;placed&#34; &#60;1&#62;</text>');
    expect(await of('html')).toContain('<title>shop &#34;1&#34; &#60;a&#38;b&#62;</title>');
  });

  it('shows what is around a class or an event', async () => {
    const folder = projectOf(SHOP);
    const labels = async (...args: string[]) => {
      const { out } = await carillon(folder, ['graph', '--json', ...args]);
      return JSON.parse(out).nodes.map((node: { label: string }) => node.label);
    };

    expect(await labels('--focus', 'mail.due', '--depth', '0')).toEqual(['mail.due']);
    expect(await labels('--focus', 'mail.due', '--depth', '1')).toEqual([
      'mail.due',
      'Till.count',
      'Till.send',
    ]);
    expect(await labels('--focus', 'Till', '--depth', '0')).toHaveLength(3);
  });

  it.each([
    [['graph', '--focus', 'Nope'], 1, 'No class and no event is called Nope.'],
    [
      ['graph', '--format', 'png'],
      2,
      'There is no format png. Give mermaid, dot, svg, html, json.',
    ],
    [['graph', '--depth', 'x'], 2, '--depth is x.'],
  ])('called as %p ends with %p', async (args, code, text) => {
    const answer = await carillon('examples/phases', args);

    expect(answer.code).toBe(code);
    expect(answer.err).toContain(text);
  });
});

describe('carillon doctor', () => {
  it.each(EXAMPLES)('finds no error in %s', async (folder) => {
    const { code, out } = await carillon(folder, ['doctor']);

    expect(code).toBe(0);
    expect(out).not.toContain('error ');
  });

  it('finds a sender for each handler of the webhooks, those of a request too', async () => {
    const { out } = await carillon('examples/webhooks', ['doctor', '--json']);

    expect(JSON.parse(out)).toEqual([]);
  });

  it('ends with 1 for an error, and for a warning where it is strict', async () => {
    const warned = projectOf(`
      export function container() {
        const app = createApplication();
        class Till { place() {} heard() {} }
        Emits('order.placed')(Till.prototype, 'place', Object.getOwnPropertyDescriptor(Till.prototype, 'place'));
        On('order.placed', { priority: 1 })(Till.prototype, 'heard', Object.getOwnPropertyDescriptor(Till.prototype, 'heard'));
        On('order.shipped')(Till.prototype, 'heard', Object.getOwnPropertyDescriptor(Till.prototype, 'heard'));
        app.attach(new Till());
        return app;
      }`);
    const plain = await carillon(warned, ['doctor']);
    const strict = await carillon(warned, ['doctor', '--strict', '--json']);

    expect(plain).toMatchObject({ code: 0, err: '0 error(s), 1 warning(s).\n' });
    expect(plain.out).toMatch(
      /^warning never-sent {2}carillon\.config\.js:\d+\n {2}Till\.heard hears order\.shipped/,
    );
    expect(strict.code).toBe(1);
    expect(JSON.parse(strict.out)).toMatchObject([{ rule: 'never-sent', level: 'warning' }]);
  });

  it('finds two copies of the package, an old InversifyJS, and wrong flags of the compiler', async () => {
    const folder = folders.make({ 'carillon.config.js': '' });
    const root = join(PROJECT, folder);
    const put = (file: string, text: string) => {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    };
    put('package.json', '{ "type": "module", "dependencies": { "other": "1" } }');
    put('tsconfig.json', '{ // none\n "compilerOptions": { "emitDecoratorMetadata": true } }');
    put('node_modules/inversify/package.json', '{ "version": "7.5.1" }');
    put('node_modules/other/package.json', '{}');
    put('node_modules/other/node_modules/carillon/package.json', '{}');
    symlinkSync(PROJECT, join(root, 'node_modules/carillon'));
    put(
      'carillon.config.js',
      `import { createApplication } from 'carillon/adapter';\n${BELL.replace(/.*(?:On|attach|descriptor).*\n/g, '')}`,
    );

    const { code, out } = await carillon(folder, ['doctor', '--json']);

    expect(code).toBe(1);
    expect(JSON.parse(out).map(({ rule }: { rule: string }) => rule)).toEqual([
      'two-copies',
      'inversify-version',
      'compiler-flags',
    ]);
  });
});

describe('carillon snapshot', () => {
  it.each(EXAMPLES)('of %s is as the one that was written', async (folder) => {
    const file = join(PROJECT, folders.make({}), 'topology.json');

    const written = await carillon(folder, ['snapshot', '--write', file]);
    const checked = await carillon(folder, ['snapshot', '--check', file]);

    expect(written).toMatchObject({ code: 0, out: '' });
    expect(checked).toEqual({ code: 0, out: '', err: `As in ${file}.\n` });
  });

  it('names what was added, removed and changed, and not a line that has moved', async () => {
    const file = join(PROJECT, folders.make({}), 'topology.json');
    await carillon(projectOf(SHOP), ['snapshot', '--write', file]);
    const moved = await carillon(projectOf(`\n\n${SHOP}`), ['snapshot', '--check', file]);
    const changed = SHOP.replace("On('order", "On('cart").replace(
      "queue: 'mail'",
      "queue: 'mail', attempts: 2",
    );

    const { code, out } = await carillon(projectOf(changed), ['snapshot', '--check', file]);

    expect(moved.code).toBe(0);
    expect(code).toBe(1);
    expect(out.trim().split('\n')).toEqual([
      '+ event:cart "placed" <1>',
      '+ event:cart "placed" <1> hear handler:Till.count On cart "placed" <1>',
      '- event:order "placed" <1> hear handler:Till.count On order "placed" <1>',
      '+ handler:Till.count On cart "placed" <1>',
      '+ handler:Till.count On cart "placed" <1> run emitter:Till.count',
      '- handler:Till.count On order "placed" <1>',
      '- handler:Till.count On order "placed" <1> run emitter:Till.count',
      '~ handler:Till.send Deferred mail.due in mail',
    ]);
  });

  it('without a file to compare with ends with 2', async () => {
    const { code, err } = await carillon('examples/phases', ['snapshot', '--check', 'none.json']);

    expect(code).toBe(2);
    expect(err).toContain('Make it: carillon snapshot --write none.json.');
  });
});

describe('carillon asyncapi', () => {
  it.each(EXAMPLES)('prints a document of %s', async (folder) => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

    const { code, out, err } = await carillon(folder, ['asyncapi']);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ asyncapi: '3.1.0', info: { version } });
  });

  it('writes what is deferred and heard, with the title and version that were given', async () => {
    const file = join(PROJECT, folders.make({}), 'asyncapi.json');
    const flags = ['--title', 'Orders', '--release', '4.2.0', '--write', file];

    const written = await carillon(projectOf(SHOP), ['asyncapi', ...flags]);

    const { info, channels, operations } = JSON.parse(readFileSync(file, 'utf8'));
    expect(written).toEqual({ code: 0, out: '', err: `Written: ${file}\n` });
    expect(info).toEqual({ title: 'Orders', version: '4.2.0' });
    expect(Object.values(channels)).toEqual([expect.objectContaining({ title: 'mail' })]);
    expect(Object.values<{ action: string }>(operations).map(({ action }) => action)).toEqual([
      'receive',
      'send',
    ]);
  });

  it('is called like the application, unless a title is given', async () => {
    const { out } = await carillon(projectOf(BELL), ['asyncapi', '--release', '1.0.0']);

    expect(JSON.parse(out).info).toEqual({ title: 'tower', version: '1.0.0' });
  });
});
