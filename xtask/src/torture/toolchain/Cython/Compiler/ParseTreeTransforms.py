class InterpretCompilerDirectives:
    def visit_ModuleNode(self, node):
        return node
