import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { callError, handshakeFields, verdictFields } from './handshake.ts'

/** What came of trying a certificate at a url. */
export const trialFields = {
  status: z.int().nullable().meta({ format: 'int32', description: "The target's answer over HTTP" }),
  explanation: z.string().meta({
    description: 'A sentence: that the target took the certificate, or who must fix it, and how',
  }),
  error: callError.nullable(),
  handshake: z.strictObject(handshakeFields).meta({ id: 'Handshake' }).nullable(),
  ...verdictFields,
}

const trial = z.strictObject(trialFields)
export type Trial = WireOf<typeof trial>

/** The trial of the url that was to be activated. */
export const activationTrial = z.strictObject({ url: z.string(), ...trialFields }).meta({ id: 'ActivationTrial' })
