export const MAX_DEVICE_TYPE_LENGTH = 50;
export const DEVICE_TYPE_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Whether a text may name a kind of device; it is safe as the name of a folder, too. */
export const isDeviceType = (text: string): boolean =>
  text.length <= MAX_DEVICE_TYPE_LENGTH && DEVICE_TYPE_FORM.test(text);
