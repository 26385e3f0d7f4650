import { Option } from '@commander-js/extra-typings'

export function serviceOption() {
  return new Option('--service-name <service>', 'the service that calls, by name or number').makeOptionMandatory()
}
