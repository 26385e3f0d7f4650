#!/usr/bin/env node
import { existsSync } from 'node:fs'

const oldest = 24
const program = new URL('../dist/mtls-admin.js', import.meta.url)

if (Number(process.versions.node.split('.')[0]) < oldest) {
  fail(`mtls-admin needs Node ${oldest} or newer, and this is Node ${process.versions.node}.`)
} else if (!existsSync(program)) {
  fail('mtls-admin has not been built yet. Run npm run build in the checkout.')
} else {
  await import(program.href)
}

function fail(sentence) {
  console.error(sentence)
  process.exitCode = 1
}
