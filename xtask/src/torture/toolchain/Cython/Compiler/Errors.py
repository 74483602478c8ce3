def report_error(error, use_stack=True):
    pass


def get_errors_count():
    return 0
