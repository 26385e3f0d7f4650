import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { type ChosenFile, chooseFiles, missingPart, withFiles } from '../../src/web/ui/key-material/chosen-file.ts'

const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
const key = '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----'
const encryptedKey = key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE')

describe('a file that was dropped', () => {
  it.each([
    ['PKCS#12 or DER', [0x30, 0x82]],
    ['PKCS#7', [0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]],
    ['Java keystore', [0xfe, 0xed, 0xfe, 0xed, 0, 0]],
    ['Java keystore', [0xce, 0xce, 0xce, 0xce, 0, 0]],
    ['unknown', [0x50, 0x4b, 3, 4]],
  ])('is known by its first bytes: %s', async (kind, bytes) => {
    const file = new File([Uint8Array.from(bytes)], 'client.p12')
    expect(await chosen(file)).toMatchObject({ kind, names: ['client.p12'], material: { file } })
  })

  it.each([
    [0, 'client.p12 is empty. Export it again.'],
    [300 * 1024, 'client.p12 has 300 KiB. A key file has at most 256 KiB: is it the right one?'],
  ])('of %d bytes is not sent', async (size, fault) => {
    expect(await chooseFiles([new File([new Uint8Array(size)], 'client.p12')], undefined)).toEqual({ fault })
  })
})

describe('PEM', () => {
  it('is whole in one file, whatever stands around its blocks', async () => {
    const { material } = await chosen(pem(`Bag Attributes\n${key}\nsubject=CN=a\n${certificate}\n`))
    expect(material).toEqual({ certificate, privateKey: key })
  })

  it('is whole in two files that come together, or one after the other', async () => {
    const both = await chooseFiles([pem(key, 'a.key'), pem(certificate, 'a.pem')], undefined)
    // As commands name them, whichever came first.
    const names = ['a.pem', 'a.key']
    expect(both).toMatchObject({ chosen: { names, material: { certificate, privateKey: key } } })

    const half = await chosen(pem(certificate, 'a.pem'))
    expect(half.material).toBeUndefined()
    const whole = await chosen(pem(encryptedKey, 'a.key'), half)
    expect(whole).toMatchObject({
      names: ['a.pem', 'a.key'],
      material: { privateKey: encryptedKey },
      isEncrypted: true,
    })
  })

  it('adds certificates up, and takes another key instead of the one before', async () => {
    const [old, chain] = [certificate.replace('AAAA', 'CCCC'), certificate.replace('AAAA', 'DDDD')]
    const wrongKey = key.replace('BBBB', 'EEEE')
    const one = await chosen(pem(wrongKey, 'old.key'), await chosen(pem(old, 'old.pem')))
    const two = await chosen(pem(certificate, 'a.pem'), one)
    const three = await chosen(pem(key, 'a.key'), await chosen(pem(chain, 'chain.pem'), two))
    expect(three.names).toEqual(['old.pem', 'a.pem', 'chain.pem', 'a.key'])
    expect(three.material).toEqual({ certificate: [old, certificate, chain].join('\n'), privateKey: key })
    const corrected = await chosen(pem(chain, 'old.pem'), three)
    expect(corrected.material).toMatchObject({ certificate: [certificate, chain, chain].join('\n') })
    const { names } = await chosen(pem(`${certificate}\n${key}`, 'whole.pem'), three)
    expect(names).toEqual(['whole.pem'])
  })

  it('is what DER is, for a certificate', async () => {
    const issued = await (await createCa()).issue({ commonName: 'client' })
    const der = new File([new Uint8Array(new X509Certificate(issued.certificate).raw)], 'a.cer')
    const half = await chosen(der)
    expect(half).toMatchObject({ kind: 'DER certificate', names: ['a.cer'] })
    expect(missingPart(half)).toBe('key')
    const { material } = await chosen(pem(key, 'a.key'), half)
    expect(material).toEqual({ certificate: issued.certificate.trim(), privateKey: key })
  })

  it('that is no certificate is for the gateway to judge, and nothing else replaces what is there', async () => {
    const request = pem(certificate.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), 'a.csr')
    expect(await chosen(request)).toMatchObject({ names: ['a.csr'], material: { file: request } })
    const note = new File(['hello'], 'note.txt')
    expect(await chooseFiles([note], await chosen(pem(key, 'a.key')))).toEqual({
      fault: expect.stringContaining('note.txt is neither a certificate nor a key, and was not added.'),
    })
  })

  it('is named in a command as the command line takes it', async () => {
    const command = (file: ChosenFile) => withFiles(file, (words) => `mtls test ${words}`)
    const pair = await chosen(pem(key, 'a.key'), await chosen(pem(certificate, 'a b.pem')))
    expect(command(pair)).toBe("mtls test 'a b.pem' --key a.key")
    const three = await chosen(pem(certificate, 'ca.pem'), pair)
    expect(command(three)).toBe("cat 'a b.pem' ca.pem | mtls test - --key a.key")
    expect(command(await chosen(pem(`${certificate}\n${key}`)))).toBe('mtls test client.pem')
  })
})

it('takes one PKCS#12 file at a time', async () => {
  const file = new File([Uint8Array.of(0x30, 0x82)], 'a.p12')
  expect(await chooseFiles([file, file], undefined)).toEqual({
    fault: 'Give one PKCS#12 file, or a certificate and its key as PEM.',
  })
})

function pem(text: string, name = 'client.pem'): File {
  return new File([text], name)
}

async function chosen(file: File, present?: ChosenFile): Promise<ChosenFile> {
  const choice = await chooseFiles([file], present)
  if ('fault' in choice) throw new Error(choice.fault)
  return choice.chosen
}
