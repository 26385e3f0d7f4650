import { needsLegacyProvider } from '../pkcs12/legacy.ts'
import type { Pkcs12Contents } from '../pkcs12/open.ts'
import type { Pfx } from '../pkcs12/pfx.ts'
import { exportAgain } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { warning } from './problems.ts'

/** RFC 8018, section 4.2: the minimum, as of 2000. */
const fewIterations = 1_000
const weakCiphers = /^(RC2-40|RC2-64|RC4|DES)/

/** How well the file protects its contents in mailboxes and folders. */
export function checkContainer(
  pfx: Pfx,
  { encryptions, bags }: Pkcs12Contents,
  password: string | undefined,
): Problem[] {
  const again = exportAgain({ legacy: needsLegacyProvider(encryptions) })
  const keysAreOpen = bags.some((bag) => bag.kind === 'key' && bag.plain) && encryptions.length === 0
  if (keysAreOpen || !password) {
    const why = keysAreOpen ? 'The private key in the file is not encrypted' : 'The file opens without a password'
    return [
      warning(
        'UNPROTECTED_FILE',
        `${why}: whoever gets hold of the file has the key. Export it with a password.`,
        again,
      ),
    ]
  }
  const problems: Problem[] = []
  const weak = encryptions.find(({ cipher }) => weakCiphers.test(cipher))
  if (weak) {
    const message = `A part of the file is encrypted with ${weak.cipher}, which is broken, and OpenSSL 3 reads it only with -legacy.`
    problems.push(warning('WEAK_ENCRYPTION', message, again))
  }
  if (!pfx.mac) {
    const message = 'The file has no integrity check (MAC): damage or a change in it may go unnoticed.'
    problems.push(warning('UNPROTECTED_FILE', message, again))
  }
  const counts = [...encryptions, ...(pfx.mac ? [pfx.mac] : [])].map(({ iterations }) => iterations)
  if (counts.some((count) => count < fewIterations)) {
    const message = `The password is strengthened by fewer than ${fewIterations} iterations: it can be guessed fast.`
    problems.push(warning('WEAK_KEY_DERIVATION', message, again))
  }
  return problems
}
