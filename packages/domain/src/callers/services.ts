import { CodedError } from '../errors/coded-error.ts'

/** Who sends the runtime traffic. `number` is what mappings keep, `name` is what calls say; either is accepted. */
export interface Service {
  readonly number: string
  readonly name: string
}

export const builtInServices: readonly Service[] = [
  { number: '0', name: 'TEST_SERVICE' },
  { number: '1', name: 'IDP' },
  { number: '2', name: 'WEBHOOKS' },
  { number: '3', name: 'FAAS' },
]

/** The services of a deployment: the built-in ones and those of its configuration. */
export class ServiceCatalogue {
  readonly services: readonly Service[]
  readonly #byWord = new Map<string, Service>()

  constructor(additional: readonly Service[] = []) {
    this.services = [...builtInServices, ...additional]
    for (const service of this.services) {
      for (const word of [service.number, service.name]) {
        if (this.#byWord.has(word)) {
          throw new CodedError('CONFIGURATION_INVALID', `Two services share the name or number "${word}".`)
        }
        this.#byWord.set(word, service)
      }
    }
  }

  /** By its number, as mappings keep it. One that the deployment no longer has is named by that. */
  numbered(number: string): Service {
    return this.#byWord.get(number) ?? { number, name: number }
  }

  /** @throws CodedError `UNKNOWN_SERVICE` */
  resolve(nameOrNumber: string): Service {
    const service = this.#byWord.get(nameOrNumber)
    if (service) return service
    const known = this.services.map(({ name, number }) => `${name} (${number})`).join(', ')
    throw new CodedError('UNKNOWN_SERVICE', `There is no such service. Use one of: ${known}.`)
  }
}

/** For a call that names no service, to a url that is mapped for several. */
export function serviceNameNeeded(mappedFor: readonly Service[]): CodedError {
  const names = mappedFor.map(({ name }) => name).sort()
  return new CodedError(
    'SERVICE_NAME_MISSING',
    `This url is mapped for several services: ${names.join(', ')}. Send the header LP-service-name with one of them.`,
    { details: { services: names } },
  )
}
