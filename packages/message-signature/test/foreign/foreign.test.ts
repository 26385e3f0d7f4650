import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import type { MessageSignature } from '@mtls-gateway/domain'
import { withTools } from '@mtls-gateway/test-kit'
import { signRequest } from '../../src/index.ts'
import { byName, certifiedKey, post } from '../requests.ts'

const components = ['@method', '@target-uri', '@path', '@query', 'content-digest', 'x-request-id']
const cases = [
  [{ scheme: 'cavage', headers: ['(request-target)', 'digest', 'x-request-id', 'date'] }, 'RSA-2048'],
  [{ scheme: 'cavage' }, 'EC-P256'],
  [{ scheme: 'jws' }, 'RSA-2048'],
  [{ scheme: 'jws' }, 'EC-P256'],
  [{ scheme: 'jws' }, 'Ed25519'],
  [{ scheme: 'rfc9421', components }, 'RSA-2048'],
  [{ scheme: 'rfc9421', components }, 'EC-P256'],
  [{ scheme: 'rfc9421' }, 'Ed25519'],
] as const satisfies readonly (readonly [MessageSignature, string])[]
const body = '{"amount": "1 €"}'

withTools(it, 'Go 1.21')('signatures of every scheme and key are right for a program in Go', async () => {
  const lines = cases.map(async ([signature, keyType]) => {
    const key = await certifiedKey(keyType)
    const headers = ['X-Request-ID', 'r1']
    const bytes = Buffer.from(body)
    const request = post("/pay?a=%2F&b='*", headers, { body: bytes, contentLength: bytes.length, now: Date.now() })
    const fields = byName([...headers, ...(await signRequest(signature, key, request))])
    const { method: Method, url: Url, pathAndQuery: Target } = request
    const Certificate = key.certificate?.raw.toString('base64')
    const signed = { Scheme: signature.scheme, Method, Url, Target, Headers: fields, Body: body, Certificate }
    // Each right, and with one byte of the body changed.
    return [signed, { ...signed, Body: body.replace('1', '2') }].map((each) => `${JSON.stringify(each)}\n`).join('')
  })
  const input = (await Promise.all(lines)).join('')
  const { stdout, stderr } = spawnSync('go', ['run', join(import.meta.dirname, 'verify.go')], {
    input,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const answers = stdout.trimEnd().split('\n')
  expect(answers).toHaveLength(2 * cases.length)
  expect(answers.filter((_, index) => index % 2 === 0)).toEqual(cases.map(() => 'ok'))
  expect(answers.filter((_, index) => index % 2 === 1)).not.toContain('ok')
})
