import { createPrivateKey } from 'node:crypto'
import { Asn1Error, parseBer } from '../asn1.ts'
import { passwordForms } from '../pkcs12/encryption/password-forms.ts'
import type { IterationBudget } from '../pkcs12/iteration-budget.ts'
import { checkedPkcs8, readShroudedKey } from '../pkcs12/pkcs8.ts'
import { checkKey, encryptKeyAgain } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import { type PemBlock, pemBlocks } from './pem-blocks.ts'

/**
 * The private keys in a text, as PKCS#8: from PKCS#1, SEC1 and PKCS#8, and from encrypted ones by the passphrase.
 *
 * @throws Fault, Asn1Error, NeedsExpensiveChild
 */
export function readPrivateKeys(text: string, passphrase: string | undefined, budget: IterationBudget): Buffer[] {
  const blocks = pemBlocks(text)
  if (blocks.some(({ label }) => label === 'OPENSSH PRIVATE KEY')) {
    throw new Fault(
      'PEM_MALFORMED',
      'The private key is in the format of OpenSSH. Convert it to PEM.',
      'ssh-keygen -p -m PKCS8 -f key',
    )
  }
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  if (keys.length === 0) {
    throw new Fault(
      'PEM_MALFORMED',
      'The private key is not PEM text with a "-----BEGIN PRIVATE KEY-----" block (or RSA, EC, ENCRYPTED).',
      checkKey,
    )
  }
  return keys.map((block) => {
    if (block.label === 'ENCRYPTED PRIVATE KEY') return decryptPkcs8(block, passphrase, budget)
    return block.pem.includes('\nProc-Type:') ? decryptTraditional(block, passphrase) : load(block)
  })
}

function load({ pem }: PemBlock): Buffer {
  try {
    return createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  } catch {
    throw new Fault(
      'PEM_MALFORMED',
      'The private key is damaged or of an unknown kind. Copy it whole, from BEGIN to END.',
      checkKey,
    )
  }
}

/** Encrypted PKCS#8. It is decrypted here, not by node:crypto, so that its iterations are counted first. */
function decryptPkcs8({ der }: PemBlock, passphrase: string | undefined, budget: IterationBudget): Buffer {
  const { encryption, data } = readShroudedKey(parseBer(der, 'encrypted private key'))
  budget.add([encryption.iterations])
  if (!encryption.library) {
    throw new Fault(
      'P12_UNSUPPORTED_ALGORITHM',
      `The private key is encrypted with ${encryption.cipher}, which is not supported. Encrypt it again.`,
      encryptKeyAgain,
    )
  }
  for (const opened of encryption.decrypt(passwordForms(passphrase), data)) {
    try {
      return checkedPkcs8(opened)
    } catch (error) {
      if (!(error instanceof Asn1Error)) throw error
    }
  }
  throw wrongPassphrase(passphrase)
}

/**
 * OpenSSL's messages about a cipher. "unsupported" alone is not enough: one wrong passphrase in 256 yields a text with
 * valid padding, and OpenSSL says the same about a text that is not a key.
 */
const cipherUnsupported: ReadonlySet<string> = new Set([
  'ERR_OSSL_PEM_UNSUPPORTED_ENCRYPTION',
  'ERR_OSSL_EVP_UNSUPPORTED',
])

/** "Proc-Type: 4,ENCRYPTED": OpenSSL's own format before PKCS#8, which derives the key by a single MD5. */
function decryptTraditional({ pem }: PemBlock, passphrase: string | undefined): Buffer {
  try {
    return createPrivateKey({ key: pem, passphrase: passphrase ?? '' }).export({ type: 'pkcs8', format: 'der' })
  } catch (error) {
    if (cipherUnsupported.has(String((error as { code?: unknown }).code))) {
      throw new Fault(
        'P12_UNSUPPORTED_ALGORITHM',
        'The private key is encrypted with a cipher that is not supported.',
        encryptKeyAgain,
      )
    }
    throw wrongPassphrase(passphrase)
  }
}

function wrongPassphrase(passphrase: string | undefined): Fault {
  return passphrase
    ? new Fault('P12_WRONG_PASSWORD', 'The passphrase does not open the private key.', checkKey)
    : new Fault(
        'P12_PASSWORD_REQUIRED',
        'The private key is protected by a passphrase, and none was given. Give its passphrase.',
        checkKey,
      )
}
