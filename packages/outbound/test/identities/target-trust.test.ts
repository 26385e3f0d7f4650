import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, startMtlsTarget, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { spkiPin } from '../../src/identities/target-trust.ts'
import {
  createTargetTrust,
  type TargetTrustSettings,
  type UpstreamPools,
  type VersionedCredentials,
} from '../../src/index.ts'
import { acme, credentialsOf, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

describe('the trust of a target', () => {
  let target: TestTarget
  let credentials: VersionedCredentials
  let upstreams: UpstreamPools

  beforeAll(async () => {
    target = await startTestTarget()
    credentials = credentialsOf(await target.clientCa.issue({ commonName: 'client' }))
  })
  afterAll(() => target.close())
  beforeEach(() => {
    upstreams = openUpstreamPools()
  })
  afterEach(() => upstreams.destroy())

  const identityWith = (settings: TargetTrustSettings) => ({
    accountId: acme,
    credentials,
    trust: createTargetTrust(settings),
  })

  it('is by the system’s CAs alone where nothing is said', async () => {
    const failure = await failureOf(upstreams, { accountId: acme, credentials }, target.url)
    expect(failure.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    expect(failure.message).toContain('targetTrust.caCertificates')
  })

  it('is by the deployment’s CAs beside the system’s, and for these upstreams only', async () => {
    const another = (await createCa()).certificate
    const trusting = openUpstreamPools({ extraCa: [another + target.ca] })
    await expect(get(trusting.acquire({ accountId: acme, credentials }, target.url))).resolves.toMatchObject({
      status: 200,
    })
    await trusting.destroy()
    await expect(failureOf(upstreams, { accountId: acme, credentials }, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
  })

  it('is by the CAs of the mapping, instead of the deployment’s', async () => {
    const identity = identityWith({ caCertificates: target.ca })
    await expect(get(upstreams.acquire(identity, target.url))).resolves.toMatchObject({ status: 200 })
    const strict = openUpstreamPools({ extraCa: [target.ca] })
    const other = identityWith({ caCertificates: (await createCa()).certificate })
    await expect(failureOf(strict, other, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    })
    await strict.destroy()
  })

  it('can rest on an intermediate CA alone', async () => {
    const intermediate = await target.serverCa.createIntermediate('Issuing CA')
    const serverIdentity = await intermediate.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    const behind = await startMtlsTarget({ serverIdentity, clientCa: target.clientCa.certificate })
    const identity = identityWith({ caCertificates: intermediate.certificate })
    const answer = get(upstreams.acquire(identity, behind.url)).finally(() => behind.close())
    await expect(answer).resolves.toMatchObject({ status: 200 })
  })

  it('takes a pinned key, and no other, before anything is sent', async () => {
    const pin = spkiPin(new X509Certificate(await targetCertificate()).raw)
    const other = spkiPin(new X509Certificate(target.ca).raw)
    const right = identityWith({ caCertificates: target.ca, spkiPins: [other, pin] })
    await expect(get(upstreams.acquire(right, target.url))).resolves.toMatchObject({ status: 200 })
    target.clear()
    const wrong = identityWith({ caCertificates: target.ca, spkiPins: [other] })
    await expect(failureOf(upstreams, wrong, target.url)).resolves.toMatchObject({
      code: 'TARGET_PIN_MISMATCH',
      phase: 'handshake',
    })
    expect(target.seen).toEqual([])
  })

  it('checks a pinned certificate in all other respects as well', async () => {
    const pin = spkiPin(new X509Certificate(await targetCertificate()).raw)
    await expect(failureOf(upstreams, identityWith({ spkiPins: [pin] }), target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
  })

  it('is by the system’s CAs also where the deployment adds some', async () => {
    const added = (await createCa()).certificate
    const directory = await mkdtemp(join(tmpdir(), 'system-ca-'))
    await writeFile(join(directory, 'ca.pem'), target.ca)
    // Node takes this variable's CAs among the system's, at its start.
    const outcome = callInProcess({ NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') }, [added])
    await expect(outcome).resolves.toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
    await rm(directory, { recursive: true })
  })

  it('cannot be switched off by Node’s environment variable', async () => {
    const outcome = callInProcess({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, [])
    await expect(outcome).resolves.toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  /** The code that a call without a client certificate fails with in a process of this environment. */
  async function callInProcess(environment: Record<string, string>, extraCa: readonly string[]): Promise<string> {
    const source = JSON.stringify(new URL('../../src/index.ts', import.meta.url))
    const script = `
      import { UpstreamPools, explainTransportError, TargetGuard } from ${source}
      const guard = new TargetGuard({ allowCidrs: ['127.0.0.1'], ports: 'any' })
      const upstreams = new UpstreamPools({ guard, extraCa: ${JSON.stringify(extraCa)} })
      const request = { path: '/', method: 'GET', headers: [], body: null }
      const onError = (error) => console.log(explainTransportError(error, 'target').code)
      upstreams.acquire({ accountId: 'acme' }, ${JSON.stringify(target.url)}).send(request, { onStart() {}, onError })`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, ...environment },
    })
    return stdout.trim()
  }

  /** PEM, as the target presents it. */
  function targetCertificate(): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: target.port, host: '127.0.0.1', ca: target.ca, servername: 'localhost' }, () => {
        resolve(socket.getPeerX509Certificate()?.toString() ?? '')
        socket.destroy()
      })
      socket.on('error', reject)
    })
  }
})
