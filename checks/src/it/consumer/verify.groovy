def target = new File(basedir, 'target')

def said = { name -> new File(target, name).text }
def expected = { named -> """\
named module: $named
core: 3
""" }
assert said('class-path.txt') == expected(false)
assert said('module-path.txt') == expected(true)

def managed = new groovy.xml.XmlSlurper().parse(new File(target, 'effective-pom.xml'))
    .dependencyManagement.dependencies.dependency.collect { "$it.groupId:$it.artifactId" as String }
assert managed.sort() == ['core', 'io', 'process', 'testing'].collect { "dev.espalier:espalier-$it" as String }
