import { isCodedError, type Service, ServiceCatalogue } from '@mtls-gateway/domain'
import { z } from 'zod'
import { field } from './fields.ts'
import type { Setting, SettingFacts } from './setting.ts'

/** `NAME=number,...`: services of this deployment in addition to the built-in ones. */
export function serviceList(variable: string, facts: SettingFacts): Setting<ServiceCatalogue> {
  const schema = z.string().transform((text, context) => {
    const items = text === '' ? [] : text.split(',')
    const services = items.map(parseService)
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (!services.every((service) => service !== undefined)) {
      return refuse('must be NAME=number pairs separated by commas, names of A-Z 0-9 _')
    }
    try {
      return new ServiceCatalogue(services)
    } catch (error) {
      if (!isCodedError(error)) throw error
      return refuse('must not repeat a name or number, neither its own nor a built-in one')
    }
  })
  return field(variable, schema, { example: 'PAYMENTS=10,REPORTS=11', ...facts })
}

function parseService(item: string): Service | undefined {
  const [, name, number] = /^([A-Z][A-Z0-9_]{0,63})=(0|[1-9]\d{0,5})$/.exec(item.trim()) ?? []
  return name === undefined || number === undefined ? undefined : { name, number }
}
