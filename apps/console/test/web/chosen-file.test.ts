import { describe, expect, it } from '@jest/globals'
import { type ChosenFile, chooseFiles } from '../../src/web/ui/key-material/chosen-file.ts'

const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
const key = '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----'
const encryptedKey = key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE')

describe('a file that was dropped', () => {
  it.each([
    ['PKCS#12 or DER', [0x30, 0x82]],
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

  it('is another certificate where one is there that still lacks its key', async () => {
    const other = certificate.replace('AAAA', 'CCCC')
    const { names, pem: parts } = await chosen(pem(other, 'b.pem'), await chosen(pem(certificate, 'a.pem')))
    expect(names).toEqual(['b.pem'])
    expect(parts?.certificates).toBe(other)
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
