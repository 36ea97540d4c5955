/** To be imported before suites of {@link LANES_OF_RUN}. */
process.env['TEST_DEVICE_LANE'] = 'off';
