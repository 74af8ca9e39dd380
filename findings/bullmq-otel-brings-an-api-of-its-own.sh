#!/usr/bin/env bash
# bullmq-otel 2.0.1: beside @opentelemetry/api 1.9.0 it makes no spans, and nothing says so.
#
# It depends on `@opentelemetry/api` ^1.9.1, where instrumentations have it as a peer dependency. In a project with 1.9.0, which the SDK asks
# for by a range below 1.10, npm installs a second API, 1.10.0, below bullmq-otel. An API uses the global tracer provider only if that was
# registered by an API of at least its own minor version, so the second one finds none: its tracer does nothing. There is no warning from npm, and
# none from either API.
#
# Why it matters: a provider is registered, other libraries are traced, and queues are the only part of the program that is missing from every
# trace. One API in the whole tree (`overrides` in package.json) brings the spans back.
#
# Seen (Node 20.20.2):
#   a second API is installed: 1.10.0, spans of bullmq-otel: 0, of the project: 1
#   one API by overrides: 1.9.1, spans of bullmq-otel: 1, of the project: 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >spans.mjs <<'PROGRAM'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { BullMQOtel } from 'bullmq-otel';

const exporter = new InMemorySpanExporter();
const spanProcessors = [new SimpleSpanProcessor(exporter)];
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
trace.getTracer('project').startSpan('own').end();
new BullMQOtel('project').tracer.startSpan('job').end();

const require = createRequire(createRequire(import.meta.url).resolve('bullmq-otel'));
const api = require.resolve('@opentelemetry/api').replace(/(api)\/.*/, '$1/package.json');
const { version } = JSON.parse(readFileSync(api, 'utf8'));
const count = (name) => exporter.getFinishedSpans().filter((span) => span.name === name).length;
console.log(`${version}, spans of bullmq-otel: ${count('job')}, of the project: ${count('own')}`);
PROGRAM

# The API of the project, and overrides if there are any.
spans() {
  rm -rf node_modules package-lock.json
  cat >package.json <<MANIFEST
{ "private": true, "dependencies": { "@opentelemetry/api": "$1", "@opentelemetry/sdk-trace-base": "2.12.1", "bullmq": "6.7.0", "bullmq-otel": "2.0.1" }${2:-} }
MANIFEST
  npm install --no-audit --no-fund --silent
  node spans.mjs
}

seen="a second API is installed: $(spans 1.9.0)
one API by overrides: $(spans 1.9.1 ', "overrides": { "@opentelemetry/api": "1.9.1" }')"
before='a second API is installed: 1.10.0, spans of bullmq-otel: 0, of the project: 1
one API by overrides: 1.9.1, spans of bullmq-otel: 1, of the project: 1'
if [[ $seen != "$before" ]]; then
  printf 'changed. Seen now:\n%s\nBefore:\n%s\n' "$seen" "$before"
  exit 1
fi
echo 'as seen: bullmq-otel 2.0.1 brings an API of its own, and makes no spans'
