/**
 * The SDK of AWS prints eight lines on Node 20, in each process, of which an operator can make nothing: its versions from
 * January 2027 on need Node 22. The server comes with a version of its own that does not; docs/scale-out.md says so. Call
 * this before the first client is made; what the operator has set stays.
 */
export function quietSdk(env: NodeJS.ProcessEnv = process.env): void {
  env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}
