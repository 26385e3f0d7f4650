import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from '@jest/globals'
import { keyOn, makeCertificate, pemOf } from '@mtls-gateway/test-kit'
import { parseConfiguration, targetSettings } from '../../src/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'target-settings-'))
afterAll(() => rmSync(directory, { recursive: true }))

function extraCaOf(...curves: readonly string[]): readonly string[] {
  const file = join(directory, `${curves.join()}.pem`)
  writeFileSync(file, curves.map((curve) => pemOf(makeCertificate({ publicKey: keyOn(curve) }))).join(''))
  return parseConfiguration(targetSettings(), { TARGET_EXTRA_CA_FILE: file }).targetExtraCa
}

it('CAs of a deployment are taken on the usual curves', () => {
  expect(extraCaOf('prime256v1', 'secp384r1')).toHaveLength(2)
})

it('one that Node cannot describe is an error of the configuration, which names it', () => {
  expect(() => extraCaOf('prime256v1', 'brainpoolP256r1')).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(/TARGET_EXTRA_CA_FILE.*certificate 2 has an EC key on a curve that is not taken/s),
    }),
  )
})
