import { Option } from '@commander-js/extra-typings'

export function serviceOption() {
  return new Option('--service-name <service>', 'the service that calls, by name or number').makeOptionMandatory()
}

/** For calls, which need it only where the url is mapped for several. */
export function calledServiceOption() {
  return new Option(
    '--service-name <service>',
    'the service that calls, by name or number; needed if the url is mapped for several',
  )
}
