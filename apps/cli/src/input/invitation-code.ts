import { CliFailure } from '../cli-failure.ts'
import type { InputContext } from './inputs.ts'

/** The code of an invitation, and the account that it is for. */
export interface InvitationCode {
  readonly code: string
  readonly account: string
}

/**
 * Asks for the code, or reads it from stdin: others can see arguments. A link has the code at its end.
 * @throws CliFailure
 */
export async function readInvitationCode({ inputs }: Pick<InputContext, 'inputs'>): Promise<InvitationCode> {
  const text = inputs.isTerminal
    ? await inputs.askSecret('Code or link of the invitation: ')
    : await inputs.secretFile('-')
  const begin = Math.max(0, text.lastIndexOf('mtlsinvite_'))
  const [code, account] = /^mtlsinvite_([\w-]{1,64})\.[\w-]{1,64}\.[\w-]{1,64}/.exec(text.slice(begin)) ?? []
  if (code !== undefined && account !== undefined) return { code, account }
  throw new CliFailure('wrongUse', 'This is no code of an invitation. Give all of it, or the link that you were sent.')
}
