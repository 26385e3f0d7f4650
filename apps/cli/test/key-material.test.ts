import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { Inputs } from '../src/input/inputs.ts'
import { type KeyMaterialFiles, nameOf, readKeyMaterial, readSignedCertificate } from '../src/input/key-material.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const block = (label: string, text: string) => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----`
const [leaf, ca] = [block('CERTIFICATE', 'bGVhZg=='), block('CERTIFICATE', 'Y2E=')]
const key = block('PRIVATE KEY', 'a2V5')
const encrypted = block('ENCRYPTED PRIVATE KEY', 'a2V5')

async function read(
  contents: Readonly<Record<string, string | Uint8Array>>,
  files: Partial<KeyMaterialFiles>,
  environment: NodeJS.ProcessEnv = {},
) {
  const directory = await temporaryDirectory()
  for (const [name, content] of Object.entries(contents)) await writeFile(join(directory, name), content)
  const inside = (name: string | undefined) => (name === undefined ? undefined : join(directory, name))
  const inputs = new Inputs({ stdin: Readable.from([]), stderr: { write: () => true } })
  return readKeyMaterial(
    { environment, inputs },
    { file: join(directory, 'file'), key: inside(files.key), passwordFile: inside(files.passwordFile) },
  )
}

describe('key material', () => {
  it("of Vault's JSON is its certificate, its chain and its key, whole or its data alone", async () => {
    const data = { certificate: leaf, ca_chain: [ca], issuing_ca: ca, private_key: key }
    const expected = { certificate: `${leaf}\n${ca}`, privateKey: key, passphrase: undefined }
    for (const answer of [{ request_id: 'x', data }, data, { ...data, ca_chain: undefined }]) {
      expect(await read({ file: JSON.stringify(answer, undefined, 2) }, {})).toEqual(expected)
    }
    const file = JSON.stringify(data)
    await expect(read({ file, key }, { key: 'key' })).rejects.toThrow(/leave --key out/)
    const { private_key: _, ...signed } = data
    await expect(read({ file: JSON.stringify({ data: signed }) }, {})).rejects.toThrow(
      /without certificate and private_key/,
    )
    await expect(read({ file: '{"errors": [' }, {})).rejects.toThrow(/begins like JSON and is none\.$/)
  })

  it('of a PKCS#12 file is sent as it is, with the password of a file before that of the environment', async () => {
    const file = Uint8Array.of(0x30, 0x82, 0xff)
    expect(await read({ file }, {})).toEqual({ p12: 'MIL/', password: undefined })
    expect(await read({ file }, {}, { MTLS_PASSWORD: 'a' })).toEqual({ p12: 'MIL/', password: 'a' })
    const given = { file, password: 'b c\r\n' }
    expect(await read(given, { passwordFile: 'password' }, { MTLS_PASSWORD: 'a' })).toMatchObject({ password: 'b c' })
  })

  it('of one PEM file is told apart', async () => {
    const file = `Bag Attributes\n${key}\nsubject=x\n${leaf}\n${ca}\n`
    expect(await read({ file }, {}, { MTLS_PASSWORD: 'a' })).toEqual({
      certificate: `${leaf}\n${ca}`,
      privateKey: key,
      passphrase: undefined,
    })
  })

  it('of two PEM files is put together, with the passphrase that an encrypted key needs', async () => {
    const contents = { file: leaf, key: encrypted }
    expect(await read(contents, { key: 'key' }, { MTLS_PASSWORD: 'a' })).toEqual({
      certificate: leaf,
      privateKey: encrypted,
      passphrase: 'a',
    })
  })

  it('of a certificate in DER is read with its key beside it', async () => {
    const { certificate, privateKey } = await (await createCa()).issue({ commonName: 'client' })
    const file = new X509Certificate(certificate).raw
    expect(await read({ file, key: privateKey }, { key: 'key' })).toEqual({
      certificate: certificate.trim(),
      privateKey,
      passphrase: undefined,
    })
    await expect(read({ file: Uint8Array.of(0x30, 0x82, 0xff), key }, { key: 'key' })).rejects.toThrow(
      /is not a certificate, neither in PEM nor in DER/,
    )
  })

  it('of a key alone asks for its certificate', async () => {
    await expect(read({ file: key }, {})).rejects.toThrow(
      /has no certificate\. Give the file of the certificate, and the/,
    )
  })

  it('without a key says how to give it', async () => {
    await expect(read({ file: leaf }, {})).rejects.toMatchObject({
      message: expect.stringMatching(/has no private key\. Give the file that has it by --key\.$/),
      exitCode: 2,
    })
  })

  it('that a CA issued for a request is its certificates, in PEM or DER, and never a key', async () => {
    const issued = await (await createCa()).issue({ commonName: 'client' })
    const directory = await temporaryDirectory()
    const signed = async (content: string | Uint8Array) => {
      await writeFile(join(directory, 'signed'), content)
      const inputs = new Inputs({ stdin: Readable.from([]), stderr: { write: () => true } })
      return readSignedCertificate({ environment: {}, inputs }, join(directory, 'signed'))
    }
    expect(await signed(`${leaf}\n${ca}`)).toBe(`${leaf}\n${ca}`)
    expect(await signed(new X509Certificate(issued.certificate).raw)).toBe(issued.certificate)
    await expect(signed(`${leaf}\n${key}`)).rejects.toThrow(/has a private key, which nobody else should get\./)
  })

  it('has the name of its file unless it is given one', () => {
    expect(nameOf('/some/where/my-client.prod.p12')).toBe('my-client.prod')
    expect(() => nameOf('-')).toThrow(/^Give --name/)
  })
})
