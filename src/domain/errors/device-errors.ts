import type { ErrorEntry } from './error-entry.js';

const ENROL =
  'Enrol again with the enrolment key; without one, an operator must give the device a new token.';
const ASK_FOR_A_KEY = 'Create another enrolment key for these devices.';
const NO_RETRY = 'Do not retry: an operator must act first. Check again with long pauses.';

/** Errors of devices with an identity, and of their enrolment. */
export const DEVICE_ERRORS = {
  FILTER_INVALID: {
    status: 400,
    meaning: 'The filter cannot be read, or names a group that does not exist.',
    example: 'At character 9 there is "<abc"; expected a version such as 1.2.0.',
    advice: 'Correct the filter at the place that the detail names; docs/filters.md has all forms.',
  },
  FILTER_TOO_SLOW: {
    status: 422,
    meaning: 'The database takes too long to find what the filter asks for.',
    example: 'The database has looked for 15 seconds and was stopped; narrow the filter.',
    advice: 'Narrow the filter: use fewer terms, or terms such as type: and tag: that fewer devices match.',
  },
  DEVICE_UNAUTHENTICATED: {
    status: 401,
    meaning: "The device's token or certificate is missing, invalid or revoked.",
    example: 'Device 123 must send its token as "Authorization: Bearer <token>".',
    advice: 'Enrol the device, or create a token for it.',
    command: 'Create a token with ota device token, or enrol the devices with --enroll-key.',
    device: ENROL,
  },
  ENROLLMENT_KEY_INVALID: {
    status: 401,
    meaning: 'The enrolment key is missing, or unknown to this server.',
    example: 'The enrolment key is not one of this server.',
    advice:
      'Check that the complete key is sent as "Authorization: Bearer <key>", to the server that made it.',
    command: 'Check --enroll-key: ota enroll-key list shows the keys of the server.',
    device: NO_RETRY,
  },
  ENROLLMENT_KEY_REVOKED: {
    status: 401,
    meaning: 'The enrolment key was revoked.',
    example: 'The enrolment key was revoked.',
    advice: ASK_FOR_A_KEY,
    command: 'Create another one: ota enroll-key create.',
    device: NO_RETRY,
  },
  ENROLLMENT_KEY_EXPIRED: {
    status: 401,
    meaning: 'The enrolment key has expired, and the device had not used it before.',
    example: 'The enrolment key expired at 2026-01-31T12:00:00.000Z.',
    advice: ASK_FOR_A_KEY,
    command: 'Create another one: ota enroll-key create.',
    device: NO_RETRY,
  },
  OTHER_DEVICE: {
    status: 403,
    meaning: "The token or certificate belongs to a different device than the request's.",
    example: 'The credentials are those of another device than 123.',
    advice: 'Send the token that was made for this device.',
    device: 'Fix the program: use the device_id that the token was made for.',
  },
  DEVICE_BLOCKED: {
    status: 403,
    meaning: 'An operator blocked the device, or rejected its enrolment.',
    example: 'Device 123 is blocked.',
    advice: 'Unblock or accept the device if it should be served.',
    command: 'Serve it again with ota device unblock or ota device accept.',
    device: NO_RETRY,
  },
  DEVICE_PENDING: {
    status: 403,
    meaning: 'The device waits for an operator to accept it.',
    example: 'Device 123 waits for an operator to accept it.',
    advice: 'Accept the device.',
    command: 'Accept it with ota device accept.',
    device: 'Enrol again with the same key, with pauses of minutes.',
  },
  ENROLLMENT_DEVICE_TYPE: {
    status: 403,
    meaning: 'The enrolment key is for a different device_type.',
    example: 'The enrolment key is for devices of the type scales_bridge_tab5, not lamp.',
    advice: 'Use a key that was made for devices of this type.',
    device: NO_RETRY,
  },
  ENROLLMENT_KEY_USED_UP: {
    status: 403,
    meaning: 'As many devices as the enrolment key allows have used it.',
    example: 'The enrolment key has been used by the 100 devices that it is for.',
    advice: ASK_FOR_A_KEY,
    command: 'Create another one: ota enroll-key create.',
    device: NO_RETRY,
  },
  DEVICE_NOT_FOUND: {
    status: 404,
    meaning: 'The server does not know the device.',
    example: 'There is no device with the id 123.',
    advice: 'Check the id. A device is known after its first check, report, enrolment or token.',
  },
  ENROLLMENT_KEY_NOT_FOUND: {
    status: 404,
    meaning: 'The enrolment key does not exist.',
    example: 'There is no enrolment key with the id 7.',
    advice: 'List the enrolment keys to see which exist.',
    command: 'ota enroll-key list shows the existing keys.',
  },
  GROUP_NOT_FOUND: {
    status: 404,
    meaning: 'The group does not exist.',
    example: 'There is no group with the id 7.',
    advice: 'List the groups to see which exist.',
    command: 'ota group list shows the existing groups.',
  },
  GROUP_NAME_TAKEN: {
    status: 409,
    meaning: 'Another group has this name, in capitals or not.',
    example: 'There is a group "Munich" already.',
    advice: 'Choose another name.',
  },
  GROUP_IN_ROLLOUT: {
    status: 409,
    meaning: 'A rollout that has not ended names this group.',
    example: 'Rollout 3 names the group "pilots", so that it cannot be deleted. Finish or abort it first.',
    advice: 'Finish or abort the rollout first.',
    command: 'Finish or abort the rollout first: ota rollout finish, ota rollout abort.',
  },
  GROUP_HAS_FILTER: {
    status: 409,
    meaning: 'The members of a group that has a filter are those that the filter finds.',
    example: 'The group "Munich" has a filter, which finds its members.',
    advice: 'Change the filter, or create a group without one.',
  },
  GROUP_HAS_MEMBERS: {
    status: 409,
    meaning: 'A group that was created without a filter has members, and gets no filter later.',
    example: 'The group "Munich" has members, and cannot have a filter as well.',
    advice: 'Create a group with the filter.',
  },
  ALREADY_ENROLLED: {
    status: 409,
    meaning: 'The device has used its token, so it is not given to anybody again.',
    example: 'Device 123 is enrolled already; an admin must reset its token before it can enrol again.',
    advice: 'If the device lost its token, revoke it; then the device can enrol again.',
    command: 'If the device lost its token: ota device token ID --revoke.',
    device: NO_RETRY,
  },
  TOKEN_IN_USE: {
    status: 409,
    meaning: 'The device has used its token, so it is not shown again.',
    example: 'Device 123 uses its token; send reset=true to revoke it and make another one.',
    advice: 'Send reset=true to revoke the token and create another one.',
    command: 'Pass --reset to revoke the token and create another one.',
  },
  DEVICE_COUNT_CHANGED: {
    status: 409,
    meaning: 'Another number of devices matches the filter than expected, so none was changed.',
    example: 'The filter matches 13 devices, not 12; nothing was changed.',
    advice: 'List the devices again, and send their number as expect.',
    command: 'Devices came or went meanwhile: run the command again.',
  },
  DEVICE_HAS_IDENTITY: {
    status: 409,
    meaning: 'A device that is enrolled cannot be rejected.',
    example: 'Device 123 is enrolled already; block it instead.',
    advice: 'Block the device instead.',
    command: 'Block it instead: ota device block.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
