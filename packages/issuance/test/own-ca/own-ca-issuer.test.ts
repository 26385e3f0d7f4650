import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { createCa } from '@mtls-gateway/test-kit'
import { OwnCaIssuer } from '../../src/own-ca/own-ca-issuer.ts'

const folder = mkdtempSync(join(tmpdir(), 'own-ca-'))
const caFile = join(folder, 'ca.pem')
const issuer = new OwnCaIssuer({ caFile })
const account = parseAccountId('own-ca-account')
const { signal } = new AbortController()

afterAll(() => rmSync(folder, { recursive: true }))

it('waits for people, however often it is asked', async () => {
  const order = { id: 'order-1', account, csr: 'a request' }
  expect(await issuer.issue(order, signal)).toEqual({ state: 'pending', reference: 'order-1', byPeople: true })
  expect(await issuer.collect(order, 'order-1', signal)).toEqual({
    state: 'pending',
    reference: 'order-1',
    byPeople: true,
  })
})

it('gives the CA of its file, and says if there is none, without its path', async () => {
  const missing = expect.objectContaining({
    code: 'ISSUER_UNREACHABLE',
    message:
      'The file with the certificates of this CA cannot be read. The operator of the gateway has to put it in place.',
  })
  await expect(issuer.check(signal)).rejects.toEqual(missing)
  await expect(issuer.ca(account, signal)).rejects.toEqual(missing)

  writeFileSync(caFile, 'no certificate\n')
  await expect(issuer.check(signal)).rejects.toMatchObject({ message: expect.stringContaining('has none in PEM') })

  const { certificate } = await createCa()
  writeFileSync(caFile, `subject=Test CA\n${certificate}`)
  await issuer.check(signal)
  expect(await issuer.ca(account, signal)).toBe(certificate)
})
