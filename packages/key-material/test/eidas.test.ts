import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, identifier, nothing, sequence, type TestCa, text, withTools } from '@mtls-gateway/test-kit'
import { renderReport } from '../src/index.ts'
import { examineHere } from './support/examine.ts'

/** 0.4.0.1862.1.x and 0.4.0.19495.x as they are encoded. */
const esi = (...rest: number[]) => identifier(`04008e4601${Buffer.from(rest).toString('hex')}`)
const psd2 = (...rest: number[]) => identifier(`0400819827${Buffer.from(rest).toString('hex')}`)
const statement = (id: Uint8Array, ...info: Uint8Array[]) => sequence(id, ...info)

let ca: TestCa

beforeAll(async () => {
  ca = await createCa({ name: 'QTSP CA' })
})

async function reportOf(...statements: Uint8Array[]) {
  const qcStatements = new Uint8Array(sequence(...statements))
  const { certificate, chain, privateKey } = await ca.issue({ commonName: 'bank', qcStatements })
  return examineHere({ kind: 'pem', certificate: certificate + chain.join(''), privateKey }).report
}

const compliance = statement(esi(1))
const web = statement(esi(6), sequence(esi(6, 3)))
const seal = statement(esi(6), sequence(esi(6, 2)))
const role = (at: number, name: string) => sequence(psd2(1, at), text(name))

describe('a certificate of a payment service provider', () => {
  it('is a QWAC with roles and an authority', async () => {
    const roles = sequence(role(3, 'PSP_AI'), role(2, 'PSP_PI'))
    const report = await reportOf(compliance, web, statement(psd2(2), sequence(roles, text('BaFin'), text('DE-BAFIN'))))
    expect(report.eidas).toEqual({
      type: 'QWAC',
      qualified: true,
      inQscd: false,
      roles: ['PSP_AI', 'PSP_PI'],
      authority: { name: 'BaFin', id: 'DE-BAFIN' },
      organizationIdentifier: null,
      qtsp: null,
    })
    expect(renderReport(report)).toMatch(
      /^eIDAS +QWAC, qualified\nPSD2 roles +PSP_AI, PSP_PI\nAuthority +BaFin \(DE-BAFIN\)$/m,
    )
  })

  it('is a QSealC whose key is in a device', async () => {
    const report = await reportOf(compliance, statement(esi(4)), seal)
    expect(report.eidas).toMatchObject({ type: 'QSealC', qualified: true, inQscd: true, roles: [], authority: null })
  })

  withTools(it, 'openssl')('names its organisation, and its issuer as the QTSP', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eidas-'))
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const extension = `1.3.6.1.5.5.7.1.3=DER:${sequence(compliance, web).toString('hex')}`
      const subject = '/O=Trust Services SE/organizationIdentifier=PSDDE-BAFIN-123456/CN=bank'
      const made = [
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-subj',
        subject,
        '-addext',
        extension,
      ]
      await promisify(execFile)('openssl', ['req', '-x509', ...made])
      const [certificate, privateKey] = [await readFile(cert, 'utf8'), await readFile(key, 'utf8')]
      expect(examineHere({ kind: 'pem', certificate, privateKey }).report.eidas).toMatchObject({
        type: 'QWAC',
        organizationIdentifier: 'PSDDE-BAFIN-123456',
        qtsp: 'Trust Services SE',
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has what it states on one line each, however its statements are made', async () => {
    const roles = sequence(sequence(psd2(1, 9), text('a\nb\u202e')))
    const { eidas } = await reportOf(statement(psd2(2), sequence(roles, text('x'.repeat(1_000)), text('\r'))))
    expect(eidas).toMatchObject({ type: null, qualified: false, roles: ['a\ufffdb\ufffd'] })
    expect(eidas?.authority).toEqual({ name: 'x'.repeat(256), id: '\ufffd' })
  })

  it('states nothing where its statements can not be read, or there are none', async () => {
    expect(await reportOf(sequence(nothing))).not.toHaveProperty('eidas')
    expect(await reportOf(statement(psd2(2), nothing))).not.toHaveProperty('eidas')
    const { certificate, privateKey } = await ca.issue({ commonName: 'usual' })
    expect(examineHere({ kind: 'pem', certificate, privateKey }).report).not.toHaveProperty('eidas')
  })
})
