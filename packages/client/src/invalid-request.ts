/** No request can be made of what was given, so nothing was sent. */
export class InvalidRequest extends TypeError {
  override readonly name = 'InvalidRequest'
}

/** @throws InvalidRequest for whatever goes wrong, here or in the platform */
export function orInvalid<Made>(make: () => Made): Made {
  try {
    return make()
  } catch (cause) {
    throw new InvalidRequest(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
