import type { Certificate } from '../certificate/certificate.ts'
import type { Chain } from '../certificate/chain.ts'
import { maxChainLength } from '../input/limits.ts'
import { exportWithChain } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { failure, warning } from './problems.ts'

export function checkChain(leaf: Certificate, { issuers, complete, strangers }: Chain): Problem[] {
  const problems: Problem[] = []
  const length = issuers.length + 1
  if (length > maxChainLength) {
    const message = `The chain has ${length} certificates; at most ${maxChainLength} are taken.`
    problems.push(failure('LIMIT_EXCEEDED', message, exportWithChain))
  }
  // Targets have the root: a chain is sent without it (RFC 8446, section 4.4.2). Whether what is missing behind an
  // intermediate is the root, nobody can tell from here; behind a leaf alone it mostly is not.
  if (!complete && issuers.length === 0) {
    const message = `The certificate of its issuer, ${leaf.issuer}, is missing. Add it, unless it is a root that the targets trust.`
    problems.push(warning('CHAIN_INCOMPLETE', message, exportWithChain))
  }
  if (strangers.length > 0) {
    const names = strangers.slice(0, 3).map(({ subject }) => subject || '(no name)')
    const more = strangers.length > names.length ? ` and ${strangers.length - names.length} more` : ''
    const message = `Certificates that don't belong to the chain are left out: ${names.join('; ')}${more}.`
    problems.push(warning('CHAIN_STRANGERS', message))
  }
  return problems
}
