import { Option } from '@commander-js/extra-typings'

export function consoleUrlOption() {
  return new Option('--console-url <url>', 'url of the console').env('MTLS_CONSOLE_URL')
}
