import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startService } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry, root } from '../support/entries.ts'
import { type Regex, RegexJudge, regexesIn, type SlowRegex } from '../support/regexes.ts'

/** The same as in regexes.test.ts. */
const testLimitMs = 900_000

/**
 * Regexes of Node and of libraries that are too slow even for a head of 16 KiB, and why no caller, target or tenant
 * chooses the text that they see. Dozens that take quadratic time are not listed: such a head takes them less than a
 * second.
 */
const unreached: Readonly<Record<string, string>> = {
  '/^(?:<[^>\\r\\n]*>)(?:\\s*;\\s*[^;"\\s]+(?:=(")?[^;"\\s]*\\1)?)*$/':
    'Link of ServerResponse.writeEarlyHints, which is given no text of a target.',
  '/-----BEGIN ([^-]+)-----([\\s\\S]*?)-----END \\1-----/g':
    'PEM of @peculiar/utils: asn1js is given DER, in a child process.',
  '/at\\s(?:.*\\.)?plugin\\s.*\\n\\s*(.*)/': 'A stack of fastify-plugin, when a plugin is registered.',
}
const headCharacters = 16_384
/** On such a head; some are slow only on longer ones, and the others take minutes or forever. */
const limitMs = 30_000

const directory = mkdtempSync(join(tmpdir(), 'library-regexes-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Names of Node's own modules that the two services load. */
async function loadedNodeModules(): Promise<readonly string[]> {
  const coverage = join(directory, 'coverage')
  const ports = ['CONFIG_API_PORT', 'CONFIG_API_MANAGEMENT_PORT', 'FORWARDER_API_PORT', 'FORWARDER_API_MANAGEMENT_PORT']
  const free = Object.fromEntries(ports.map((name) => [name, '0']))
  for (const entry of [configApiEntry, forwarderApiEntry]) {
    const env = { ...free, DATA_DIR: join(directory, 'data'), NODE_V8_COVERAGE: coverage }
    await (await startService({ entry, env })).stop()
  }
  const scripts = readdirSync(coverage).flatMap((name): { url: string }[] => {
    return JSON.parse(readFileSync(join(coverage, name), 'utf8')).result
  })
  const names = scripts.filter(({ url }) => url.startsWith('node:')).map(({ url }) => url.slice('node:'.length))
  return [...new Set(names)]
}

/** The text of the bundles' files that hold library code, each once; a comment names each library. */
function libraryCode(): readonly string[] {
  const files = globSync('apps/{config-api,forwarder-api}/dist/**/*.js', { cwd: root })
  const texts = new Set(files.map((file) => readFileSync(`${root}${file}`, 'utf8')))
  return [...texts].filter((text) => /^\/\/ \S*node_modules\//m.test(text))
}

/** Node's own sources, by name. */
function nodeSources(): Readonly<Record<string, string>> {
  const script = `process.stdout.write(JSON.stringify(process.binding('natives')))`
  const maxBuffer = 64 * 1024 * 1024
  return JSON.parse(execFileSync(process.execPath, ['--no-deprecation', '-e', script], { encoding: 'utf8', maxBuffer }))
}

describe('the regexes of Node and of the libraries that the services load', () => {
  let ofNode: readonly Regex[]
  let ofLibraries: readonly Regex[]
  let slow: readonly SlowRegex[]
  const judge = new RegexJudge('library-regexes')
  afterAll(() => judge.save())
  beforeAll(async () => {
    const sources = nodeSources()
    ofNode = (await loadedNodeModules()).flatMap((name) => regexesIn(`node:${name}`, sources[name] ?? '').literals)
    ofLibraries = libraryCode().flatMap((text) => regexesIn('a library', text).literals)
    slow = await judge.slowOnes([...ofNode, ...ofLibraries], 1_000)
  }, testLimitMs)

  it('are found', () => {
    expect(ofNode.length).toBeGreaterThan(50)
    expect(ofLibraries.length).toBeGreaterThan(100)
  })

  it(
    'are not slow on heads, or see no text of strangers',
    () => {
      const reached = slow.filter(({ literal }) => unreached[literal] === undefined)
      const worse = reached.filter(({ isQuadratic }) => !isQuadratic)
      expect(worse.filter((regex) => judge.takesTooLong(regex, headCharacters, limitMs))).toEqual([])
    },
    testLimitMs,
  )

  it('are listed here only while they are there and slow', () => {
    expect(Object.keys(unreached).filter((name) => !slow.some(({ literal }) => literal === name))).toEqual([])
  })
})
