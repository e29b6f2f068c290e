-- CreateTable
CREATE TABLE `posts` (
    `tenant` INTEGER NOT NULL,
    `slug` VARCHAR(100) NOT NULL,
    `title` VARCHAR(300) NOT NULL,
    `body` TEXT NOT NULL,
    `language` CHAR(2) NOT NULL,
    `rank` INTEGER NOT NULL,
    `hash` VARCHAR(64) NOT NULL,

    UNIQUE INDEX `post_rank`(`rank` DESC),
    UNIQUE INDEX `posts_hash_key`(`hash`),
    INDEX `posts_language_title_idx`(`language`, `title`(100) DESC),
    INDEX `short_title`(`title`(20)),
    INDEX `rank_again`(`rank`),
    FULLTEXT INDEX `posts_title_body_idx`(`title`, `body`),
    UNIQUE INDEX `posts_tenant_title_key`(`tenant`, `title`(50)),
    UNIQUE INDEX `by_rank`(`tenant`, `rank`),
    PRIMARY KEY (`tenant`, `slug`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- CreateTable
CREATE TABLE `Long` (
    `aVeryLongFieldNameThatGoesOnAndOn` INTEGER NOT NULL,
    `anotherVeryLongFieldNameThatGoesOnAndOnForever` INTEGER NOT NULL,
    `yetAnotherVeryLongFieldNameThatGoesOn` INTEGER NOT NULL,

    INDEX `Long_yetAnotherVeryLongFieldNameThatGoesOn_anotherVeryLongFi_idx`(`yetAnotherVeryLongFieldNameThatGoesOn`, `anotherVeryLongFieldNameThatGoesOnAndOnForever`),
    UNIQUE INDEX `Long_anotherVeryLongFieldNameThatGoesOnAndOnForever_yetAnoth_key`(`anotherVeryLongFieldNameThatGoesOnAndOnForever`, `yetAnotherVeryLongFieldNameThatGoesOn`),
    PRIMARY KEY (`aVeryLongFieldNameThatGoesOnAndOn`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
