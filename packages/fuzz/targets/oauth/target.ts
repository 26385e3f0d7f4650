import { oneByOne } from '../../engine/one-by-one.ts'
import { isSlow } from '../../engine/slowness.ts'
import type { FuzzTarget, Verdict } from '../../engine/target.ts'
import { believe, faultOf } from './faults.ts'
import { generateRequest, words } from './grammar.ts'
import { oauthCase } from './oauth-case.ts'

/** Credentials: how they are read and signed, and that nothing is believed that the secret did not sign. */
export const oauth: FuzzTarget = {
  name: 'oauth',
  dictionary: words,
  seeds: () => [],
  generate: generateRequest,
  covered: /\/request-auth\/(?:src|dist)\//,
  batch: 64,
  maxBytes: 300_000,
  open: oneByOne(look),
}

async function look(input: Buffer): Promise<Verdict> {
  const request = oauthCase(input)
  try {
    const finding = await faultOf(request)
    if (finding !== undefined) return { finding }
    if (await isSlow(() => believe(request), input.length))
      return { finding: 'it takes longer than is linear in its length' }
    return { features: [`${(await believe(request))?.message.replace(/"[^"]*"/g, '')}`] }
  } catch (error) {
    return { finding: `something else than a coded error is thrown: ${error}` }
  }
}
