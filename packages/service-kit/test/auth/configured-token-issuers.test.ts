import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { startTokenIssuer, type TokenIssuer } from '@mtls-gateway/test-kit'
import { ConfiguredTokenIssuers } from '../../src/auth/configured-token-issuers.ts'
import { createLog } from '../../src/index.ts'
import { ServiceMetrics } from '../../src/metrics/service-metrics.ts'
import { TestLog } from '../support/test-log.ts'

const iss = 'https://in-file.example'
let directory: string
let file: string
let ofSettings: TokenIssuer
let inFile: TokenIssuer
let stream: TestLog
let metrics: ServiceMetrics
let issuers: ConfiguredTokenIssuers | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
  file = join(directory, 'token-issuers.json')
  ofSettings = await startTokenIssuer()
  inFile = await startTokenIssuer()
  stream = new TestLog()
  metrics = new ServiceMetrics('test')
})

afterEach(async () => {
  issuers?.close()
  await Promise.all([ofSettings.close().catch(() => {}), inFile.close().catch(() => {})])
  await rm(directory, { recursive: true })
})

async function write(account: string, ...others: object[]): Promise<void> {
  const rules = [{ accounts: [account], scopes: ['forward'] }]
  const entry = { issuer: iss, jwksUrl: inFile.jwksUrl, audience: inFile.audience, rules }
  await writeFile(file, JSON.stringify({ issuers: [entry, ...others] }))
}

function open(): ConfiguredTokenIssuers {
  const configuration = {
    tokenIssuersFile: file,
    services: new ServiceCatalogue(),
    tokenIssuer: ofSettings.issuer,
    tokenAudience: ofSettings.audience,
    tokenJwksUrl: ofSettings.jwksUrl,
    tokenType: undefined,
    tokenScopeClaim: 'scp',
    tokenAccountsClaim: 'accounts',
    introspectionUrl: undefined,
    introspectionClientId: undefined,
    introspectionClientSecret: undefined,
    dataDir: directory,
  }
  const log = createLog({ service: 'test', level: 'info', stream })
  issuers = new ConfiguredTokenIssuers(configuration, { log, metrics, pollMs: 20 })
  return issuers
}

const tokenOfFile = () => inFile.jwt({ iss })
const metric = async (line: string) => (await metrics.registry.metrics()).split('\n').includes(line)

describe('the issuers of a file', () => {
  it('stand beside the one of the settings', async () => {
    await write('le1')
    const verifier = open()
    await expect(verifier.verify(tokenOfFile())).resolves.toMatchObject({
      accounts: new Set(['le1']),
      scopes: new Set(['forward']),
    })
    await expect(verifier.verify(ofSettings.jwt({ accounts: ['le2'], scp: 'mtls:read' }))).resolves.toMatchObject({
      accounts: new Set(['le2']),
      scopes: new Set(['mtls:read']),
    })
    // The same claims, signed by the other.
    await expect(verifier.verify(ofSettings.jwt({ iss }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    await expect(verifier.verify(inFile.jwt())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('have to be different ones', async () => {
    const { issuer, jwksUrl, audience } = ofSettings
    await write('le1', { issuer, jwksUrl, audience, rules: [{ accounts: '*', scopes: ['forward'] }] })
    expect(open).toThrow(/another one has this issuer/)
  })

  it('refuse the start if the file is wrong', async () => {
    await writeFile(file, '{}')
    expect(open).toThrow(/TOKEN_ISSUERS_FILE/)
  })

  it('change with the file, and what is wrong there does not replace what is in use', async () => {
    await write('le1')
    const verifier = open()
    expect(await metric('token_issuers_reload_failed 0')).toBe(true)
    await expect(verifier.verify(tokenOfFile())).resolves.toMatchObject({ accounts: new Set(['le1']) })
    await write('le2')
    await stream.line({ event: 'token-issuers-reloaded' })
    await expect(verifier.verify(tokenOfFile())).resolves.toMatchObject({ accounts: new Set(['le2']) })
    await write('no account')
    const { err } = await stream.line({ event: 'token-issuers-reload-failed' })
    expect(err).toMatchObject({ message: expect.stringContaining(`line 1, ${iss}: rules.0.accounts`) })
    expect(await metric('token_issuers_reload_failed 1')).toBe(true)
    await expect(verifier.verify(tokenOfFile())).resolves.toMatchObject({ accounts: new Set(['le2']) })
    stream.lines.length = 0
    await write('le3')
    await stream.line({ event: 'token-issuers-reloaded' })
    expect(await metric('token_issuers_reload_failed 0')).toBe(true)
    await expect(verifier.verify(tokenOfFile())).resolves.toMatchObject({ accounts: new Set(['le3']) })
  })

  it('keep the keys that were fetched when the file changes', async () => {
    await write('le1')
    const verifier = open()
    await verifier.verify(tokenOfFile())
    await inFile.close()
    await write('le2')
    await stream.line({ event: 'token-issuers-reloaded' })
    await expect(verifier.verify(tokenOfFile())).resolves.toMatchObject({ accounts: new Set(['le2']) })
  })

  it('show which of them cannot be asked', async () => {
    await write('le1')
    const verifier = open()
    await inFile.close()
    await expect(verifier.verify(tokenOfFile())).rejects.toMatchObject({ code: 'TOKEN_ISSUER_UNAVAILABLE' })
    await expect(verifier.verify(ofSettings.jwt())).resolves.toBeDefined()
    expect(await metric(`token_issuer_keys_failed{issuer="${iss}"} 1`)).toBe(true)
    expect(await metric(`token_issuer_keys_failed{issuer="${ofSettings.issuer}"} 0`)).toBe(true)
  })
})
