#!/usr/bin/env bash
# awilix 13.0.5 and InversifyJS 8.2.3 on Node 20, 22 and 24: a container that nothing refers to any more survives every minor collection.
#
# Both make an object literal with a getter for each container: `get registrations()` in awilix, the context of plugins in InversifyJS. A
# getter is a part of the object's hidden class, and each evaluation of the literal makes a new function for it. So V8 gives each object a
# hidden class of its own, which lives in the old generation and holds the getter with all that it closes over: the container. Only a full
# collection frees it. The same literal with a method in place of the getter shares one hidden class, and its objects go with the next minor
# collection; so do the containers of tsyringe.
#
# Why it matters: a child container for each request looks like garbage that dies young. Instead 2.5 kB (awilix) to 12 kB (InversifyJS) and
# all that the scope has built are copied into the old generation for each request, and half of the processor time of a request may go to
# the collector, though its own profile of allocations shows nothing unusual.
#
# Seen, on each version:
#   literal with a method: freed
#   literal with a getter: kept
#   tsyringe: freed
#   awilix: kept
#   inversify: kept
# and all of them are freed by a full collection.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent awilix@13.0.5 inversify@8.2.3 tsyringe@4.10.0 reflect-metadata@0.2.2

cat >kept.mjs <<'PROGRAM'
import 'reflect-metadata';
import { createContainer } from 'awilix';
import { Container } from 'inversify';
import { container } from 'tsyringe';

const OBJECTS = 2000;
const root = createContainer();
const parent = new Container();

function withMethod() {
  const held = new Array(100).fill(0);
  return { held, size: () => held.length };
}

function withGetter() {
  const held = new Array(100).fill(0);
  return {
    held,
    get size() {
      return held.length;
    },
  };
}

const makers = {
  'literal with a method': withMethod,
  'literal with a getter': withGetter,
  tsyringe: () => container.createChildContainer(),
  awilix: () => root.createScope(),
  inversify: () => new Container({ parent }),
};

const turn = () => new Promise((resolve) => setImmediate(resolve));
const heap = () => process.memoryUsage().heapUsed;

// Calls the maker often enough to be compiled, so that only its objects are counted.
async function makeMany(make) {
  for (let made = 0; made < OBJECTS; made += 20) {
    for (let index = 0; index < 20; index += 1) make();
    await turn();
  }
}

async function fate(make) {
  for (let round = 0; round < 10; round += 1) await makeMany(make);
  globalThis.gc();
  const before = heap();
  await makeMany(make);
  for (let round = 0; round < 4; round += 1) globalThis.gc({ type: 'minor' });
  const afterMinor = (heap() - before) / OBJECTS;
  globalThis.gc();
  const afterFull = (heap() - before) / OBJECTS;
  if (afterFull > 300) return 'leaks';
  return afterMinor > 700 ? 'kept' : 'freed';
}

for (const [name, make] of Object.entries(makers)) console.log(`${name}: ${await fate(make)}`);
PROGRAM

before='literal with a method: freed
literal with a getter: kept
tsyringe: freed
awilix: kept
inversify: kept'
for version in 20.20.2 22.23.3 24.21.0; do
  npm install --no-audit --no-fund --silent "node@$version"
  seen=$(node_modules/.bin/node --expose-gc kept.mjs)
  if [[ $seen != "$before" ]]; then
    printf 'Node %s changed. Seen now:\n%s\nBefore:\n%s\n' "$version" "$seen" "$before"
    exit 1
  fi
done
echo 'as seen: containers of awilix and InversifyJS wait for a full collection (Node 20, 22, 24)'
